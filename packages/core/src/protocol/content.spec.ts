import { acceptSet, ContentRegistry } from './content.js';
import type { Serializer } from './serializer.js';

const limits = { maxBytes: 100, maxDepth: 8 };
const json = { contentType: 'application/json', contentEncoding: 'utf-8' };
const accept = acceptSet(['json']);

function failing(code: string, ...texts: string[]) {
  return expect.objectContaining({
    code,
    message: expect.stringMatching(texts.map((text) => `(?=.*${text})`).join('')),
  });
}

/** Counts how often it was asked to decode. */
function countingSerializer(): Serializer & { decoded: number } {
  return {
    name: 'upper',
    contentType: 'application/x-upper',
    contentEncoding: 'utf-8',
    decoded: 0,
    encode: (value) => String(value).toUpperCase(),
    decode(data) {
      this.decoded++;
      return data;
    },
  };
}

describe('ContentRegistry', () => {
  const registry = new ContentRegistry();

  it('writes and reads json', () => {
    const content = registry.encode({ a: [1n, new Date(0)] }, 'json');
    expect(content).toMatchObject(json);
    expect(registry.decode(content, { accept, ...limits })).toEqual({ a: [1, new Date(0)] });
  });

  it('passes text and bytes through as raw, and takes nothing else', () => {
    expect(registry.encode('hæ', 'raw')).toEqual({
      contentType: 'application/data',
      contentEncoding: 'utf-8',
      data: 'hæ',
    });
    expect(registry.encode(new Uint8Array([1]), 'raw')).toEqual({
      contentType: 'application/data',
      contentEncoding: 'binary',
      data: Buffer.from([1]),
    });
    expect(() => registry.encode({ a: 1 }, 'raw')).toThrow(failing('ENCODE_ERROR', "use 'json'"));
  });

  it('refuses a type that is not accepted, before the serializer sees a byte of it', () => {
    const registry = new ContentRegistry();
    const upper = countingSerializer();
    registry.register(upper);
    const content = { contentType: 'application/x-upper', contentEncoding: 'utf-8', data: Buffer.from('A') };
    expect(() => registry.decode(content, { accept, ...limits })).toThrow(
      failing('CONTENT_DISALLOWED', "'application/x-upper'", 'allows application/json', 'register its serializer'),
    );
    expect(upper.decoded).toBe(0);
    expect(registry.decode(content, { accept: registry.acceptSet(['json', 'upper']), ...limits })).toBe('A');
  });

  it('refuses pickle even when the white list names it, and says why', () => {
    const content = { contentType: 'application/x-python-serialize', data: Buffer.from('(lp0') };
    const careless = new Set(['application/x-python-serialize']);
    expect(() => registry.decode(content, { accept: careless, ...limits })).toThrow(
      failing('CONTENT_DISALLOWED', 'run the code in it'),
    );
    expect(() => acceptSet(['json', 'pickle'])).toThrow(failing('IMPROPERLY_CONFIGURED', 'run the code in it'));
    expect(() => registry.encode(1, 'pickle')).toThrow(failing('IMPROPERLY_CONFIGURED', 'run the code in it'));
    expect(() => registry.register({ ...countingSerializer(), name: 'pickle' })).toThrow(
      failing('IMPROPERLY_CONFIGURED', 'pickle'),
    );
  });

  it('reads content without a type as application/data, which is always allowed: text, or bytes where the encoding says so', () => {
    const none = new Set<string>();
    expect(registry.decode({ data: Buffer.from('hæ') }, { accept: none, ...limits })).toBe('hæ');
    expect(
      registry.decode({ contentEncoding: 'binary', data: Buffer.from([255]) }, { accept: none, ...limits }),
    ).toEqual(Buffer.from([255]));
    expect(
      registry.decode({ contentEncoding: 'ISO-8859-1', data: Buffer.from([0xe6]) }, { accept: none, ...limits }),
    ).toBe('æ');
  });

  it('reads text/plain as text where it is accepted', () => {
    const content = { contentType: 'text/plain', contentEncoding: 'utf-8', data: Buffer.from('[1]') };
    expect(registry.decode(content, { accept: acceptSet(['text/plain']), ...limits })).toBe('[1]');
    expect(() => registry.decode(content, { accept, ...limits })).toThrow(failing('CONTENT_DISALLOWED', 'text/plain'));
  });

  it('counts bytes, not characters, against the limit', () => {
    const decode = (data: string | Buffer) => registry.decode({ ...json, data }, { accept, ...limits });
    expect(decode(`"${'x'.repeat(98)}"`)).toHaveLength(98);
    expect(() => decode(`"${'x'.repeat(99)}"`)).toThrow(
      failing('DECODE_ERROR', '101 bytes', 'messageMaxBytes \\(100\\)'),
    );
    expect(() => decode(`"${'☃'.repeat(40)}"`)).toThrow(failing('DECODE_ERROR', '122 bytes'));
    expect(() => decode(Buffer.alloc(101))).toThrow(failing('DECODE_ERROR', '101 bytes'));
  });

  it('refuses what is no text in its encoding', () => {
    const decode = (content: { contentType?: string; contentEncoding?: string }) =>
      registry.decode({ ...content, data: Buffer.from([0x22, 0xff, 0x22]) }, { accept, ...limits });
    expect(() => decode(json)).toThrow(failing('DECODE_ERROR', "encoding 'utf-8'"));
    expect(() => decode({ contentEncoding: 'klingon' })).toThrow(failing('DECODE_ERROR', "unknown encoding 'klingon'"));
  });

  it('gives the depth limit to json', () => {
    expect(() => registry.decode({ ...json, data: '['.repeat(9) }, { accept, ...limits })).toThrow(
      failing('DECODE_ERROR', 'deeper than 8'),
    );
  });

  it('turns whatever a serializer throws into our errors', () => {
    const registry = new ContentRegistry();
    const fail = () => {
      throw new RangeError('out of luck');
    };
    registry.register({ ...countingSerializer(), encode: fail, decode: fail });
    const content = { contentType: 'application/x-upper', data: 'x' };
    expect(() => registry.encode(1, 'upper')).toThrow(failing('ENCODE_ERROR', "'upper'", 'out of luck'));
    expect(() => registry.decode(content, { accept: registry.acceptSet(['upper']), ...limits })).toThrow(
      failing('DECODE_ERROR', 'application/x-upper', 'out of luck'),
    );
  });

  it('names the serializers that there are when asked for another', () => {
    expect(() => registry.encode(1, 'yaml')).toThrow(failing('IMPROPERLY_CONFIGURED', "'yaml'", 'json, raw'));
  });
});

describe('acceptSet', () => {
  it('takes names and MIME types', () => {
    expect(acceptSet(['json', 'application/json', 'raw', 'application/text'])).toEqual(
      new Set(['application/json', 'application/data', 'application/text']),
    );
  });

  it.each(['yaml', 'application/x-yaml', 'constructor', '__proto__'])(
    'refuses %s, for which there is no serializer',
    (name) => {
      expect(() => acceptSet([name])).toThrow(failing('IMPROPERLY_CONFIGURED', `'${name}'`));
    },
  );
});
