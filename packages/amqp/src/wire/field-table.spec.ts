import fc from 'fast-check';
import type { Headers, HeaderValue } from '@nestjs-celery/core';
import { ByteWriter } from './byte-writer.js';
import { readTable } from './field-table-reader.js';
import { writeTable } from './field-table-writer.js';

function written(headers: Headers): Buffer {
  const writer = new ByteWriter();
  writeTable(writer, headers);
  return writer.take();
}

const read = (table: Buffer): Headers => readTable(table, 0, table.length);
const roundTrip = (headers: Headers): Headers => read(written(headers).subarray(4));

/** One entry named `k`, from a tag and the bytes of its value. */
const entry = (tag: string, ...bytes: number[]): Buffer => Buffer.from([1, 0x6b, tag.charCodeAt(0), ...bytes]);
const valueOf = (tag: string, ...bytes: number[]): HeaderValue | undefined => read(entry(tag, ...bytes))['k'];

/** The tag that a value is written with. */
const tagOf = (value: HeaderValue): string => String.fromCharCode(written({ k: value })[4 + 2] ?? 0);

describe('a header table', () => {
  it.each([
    [0, 'I'],
    [127, 'I'],
    [-129, 'I'],
    [255, 'I'],
    [300, 'I'],
    [32_768, 'I'],
    [2 ** 31 - 1, 'I'],
    [-(2 ** 31), 'I'],
    [2 ** 31, 'l'],
    [-(2 ** 31) - 1, 'l'],
    [1_763_710_000_123, 'l'],
    [2 ** 53, 'l'],
    [9_007_199_254_740_993n, 'l'],
    [5n, 'I'],
    [1.5, 'd'],
    [2 ** 63, 'd'],
    [NaN, 'd'],
    [true, 't'],
    [null, 'V'],
    ['', 'S'],
    [new Date(0), 'T'],
    [new Uint8Array(2), 'x'],
    [[], 'A'],
    [{}, 'F'],
  ])('writes %p with the tag %s', (value, tag) => {
    expect(tagOf(value)).toBe(tag);
  });

  it.each<[string, number[], HeaderValue]>([
    ['t', [0], false],
    ['t', [9], true],
    ['b', [0xff], -1],
    ['B', [0xff], 255],
    ['s', [0xff, 0xfe], -2],
    ['U', [0xff, 0xfe], -2],
    ['u', [0xff, 0xfe], 65_534],
    ['I', [0xff, 0xff, 0xff, 0xff], -1],
    ['i', [0xff, 0xff, 0xff, 0xff], 4_294_967_295],
    ['l', [0, 0, 1, 0x9a, 0xa6, 0x19, 0x3e, 0x7b], 1_763_723_263_611],
    ['L', [0, 0, 1, 0x9a, 0xa6, 0x19, 0x3e, 0x7b], 1_763_723_263_611],
    ['L', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], -2],
    ['L', [0, 0x20, 0, 0, 0, 0, 0, 1], 9_007_199_254_740_993n],
    ['L', [0x80, 0, 0, 0, 0, 0, 0, 0], -9_223_372_036_854_775_808n],
    ['d', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    ['f', [0x3f, 0xc0, 0, 0], 1.5],
    ['D', [2, 0, 0, 0, 150], 1.5],
    ['D', [2, 0xff, 0xff, 0xff, 0x6a], -1.5],
    ['S', [0, 0, 0, 3, 0xe2, 0x98, 0x83], '☃'],
    ['x', [0, 0, 0, 2, 0, 255], Buffer.from([0, 255])],
    ['T', [0, 0, 0, 0, 0, 0, 0, 60], new Date(60_000)],
    ['T', [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 9_223_372_036_854_775_807n],
    ['V', [], null],
    ['A', [0, 0, 0, 3, 0x56, 0x74, 1], [null, true]],
    ['F', [0, 0, 0, 4, 1, 0x61, 0x74, 1], { a: true }],
  ])('reads the tag %s with %p', (tag, bytes, value) => {
    expect(valueOf(tag, ...bytes)).toEqual(value);
  });

  it('comes back as it was written, whatever is in it', () => {
    const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noInteger: true, noNaN: true }));
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((n) => new Date(n * 1000));
    const large = fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n });
    const name = fc.string({ unit: 'grapheme', maxLength: 20 });
    const { table } = fc.letrec<{ value: HeaderValue; table: Record<string, HeaderValue> }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.oneof(fc.constant(null), fc.boolean(), number, large, fc.string({ unit: 'binary' }), seconds),
        fc.array(tie('value'), { maxLength: 5 }),
        tie('table'),
      ),
      table: fc.dictionary(name, tie('value'), { maxKeys: 8 }),
    }));
    fc.assert(
      fc.property(table, (headers) => expect(roundTrip(headers)).toEqual(asRead(headers))),
      { numRuns: 500 },
    );
  });

  it('takes __proto__ for a name, at any depth', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "a": {"__proto__": 2}}') as Headers;
    const headers = roundTrip(hostile);
    expect(Object.keys(headers)).toEqual(['__proto__', 'a']);
    expect(headers['polluted']).toBeUndefined();
    expect(headers['toString']).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('leaves undefined out, and writes it as null in a list', () => {
    expect(roundTrip({ a: undefined, b: [undefined as never, 1] })).toEqual({ b: [null, 1] });
  });

  it('grows with what it holds', () => {
    const headers = { a: 'x'.repeat(100_000), b: ['☃'.repeat(50_000)], c: { d: 'end' } };
    expect(roundTrip(headers)).toEqual(headers);
  });

  it.each([
    [{ stamps: { id: 2n ** 63n } }, `headers['stamps']['id'] does not fit in 64 bits`],
    [{ list: [1, () => 1] as never }, `headers['list']['1'] is a function`],
    [{ time: new Date(NaN) }, `headers['time'] is no time that AMQP can carry: Invalid Date`],
    [{ time: new Date(-1) }, `headers['time'] is no time that AMQP can carry`],
    [{ ['n'.repeat(256)]: 1 }, 'The name of a header has 256 bytes; AMQP allows 255'],
  ])('refuses what AMQP cannot carry, and says where it stands', (headers: Headers, message) => {
    expect(() => written(headers)).toThrow(message);
  });

  it('refuses what contains itself', () => {
    const endless: Record<string, HeaderValue> = {};
    endless['self'] = [endless];
    expect(() => written(endless)).toThrow('nested deeper than 64 levels');
  });

  it.each([
    ['an unknown tag', entry('Z', 1), "unknown type 'Z'"],
    ['an unprintable tag', entry('\u0001', 1), "unknown type '0x1'"],
    ['a value that is cut short', entry('I', 1, 2), 'ends behind the table'],
    ['a text longer than the table', entry('S', 0, 0, 0, 9, 65), 'ends behind the table'],
    ['a list longer than the table', entry('A', 0, 0, 0, 9, 86), 'ends behind the table'],
    ['a name without a value', Buffer.from([1, 65]), 'ends behind the table'],
    ['a name longer than the table', Buffer.from([200, 65]), 'ends behind the table'],
    ['nothing but depth', nestedLists(100), 'nested deeper than 64 levels'],
  ])('refuses to read %s', (_, table, message) => {
    expect(() => read(table)).toThrow(message);
  });

  it('never does worse than refuse, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          read(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'DECODE_ERROR' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** What reading gives: small big integers are numbers, texts are well formed, and nothing has a prototype. */
function asRead(value: HeaderValue): HeaderValue {
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asRead(inner as HeaderValue)]));
}

function nestedLists(depth: number): Buffer {
  let value = Buffer.from('V');
  for (let i = 0; i < depth; i++) {
    const head = Buffer.alloc(5, 'A');
    head.writeUInt32BE(value.length, 1);
    value = Buffer.concat([head, value]);
  }
  return Buffer.concat([Buffer.from([1, 0x6b]), value]);
}
