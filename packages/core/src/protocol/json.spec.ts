import { runInNewContext } from 'node:vm';
import { decodeJson, encodeJson } from './json.js';
import { Decimal, PlainDate, PlainTime, PythonDateTime, Uuid } from './python-values.js';

const encodeError = (text: string) =>
  expect.objectContaining({ code: 'ENCODE_ERROR', message: expect.stringContaining(text) });
const decodeError = (text: string) =>
  expect.objectContaining({ code: 'DECODE_ERROR', message: expect.stringContaining(text) });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('encodeJson', () => {
  it.each<[unknown, string]>([
    [new Date('2026-11-20T22:53:58.529Z'), '{"__type__":"datetime","__value__":"2026-11-20T22:53:58.529000+00:00"}'],
    [new Date('2026-11-20T22:53:58Z'), '{"__type__":"datetime","__value__":"2026-11-20T22:53:58+00:00"}'],
    [new PlainDate('2026-11-20'), '{"__type__":"date","__value__":"2026-11-20"}'],
    [new PlainTime('23:09:52.275379'), '{"__type__":"time","__value__":"23:09:52.275379"}'],
    [new Decimal('1.10'), '{"__type__":"decimal","__value__":"1.10"}'],
    [
      new Uuid('11111111-2222-3333-4444-555555555555'),
      '{"__type__":"uuid","__value__":{"hex":"11111111222233334444555555555555"}}',
    ],
    [Buffer.from('text'), '{"__type__":"bytes","__value__":"text"}'],
    [new Uint8Array([0x61, 0x62, 0xff]), '{"__type__":"base64","__value__":"YWL/"}'],
    [2n ** 64n, '18446744073709551616'],
    [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], '[NaN,Infinity,-Infinity]'],
  ])('writes %p as kombu does', (value, json) => {
    expect(encodeJson(value)).toBe(json);
  });

  it('writes a number past 2^53 as a float, so that it comes back as a number', () => {
    expect(encodeJson([2 ** 53 - 1, 2 ** 53, -1e20, 1e21])).toBe(
      '[9007199254740991,9007199254740992.0,-100000000000000000000.0,1e+21]',
    );
    expect(decodeJson(encodeJson([2 ** 53, 1e20]))).toEqual([2 ** 53, 1e20]);
  });

  it('leaves undefined out of objects and writes null for it elsewhere, as JSON.stringify does', () => {
    expect(encodeJson({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}');
    expect(encodeJson(undefined)).toBe('null');
  });

  it('honours toJSON, and encodes what it gives', () => {
    const money = { toJSON: () => ({ amount: 5n, at: new Date(0) }) };
    expect(encodeJson({ money })).toBe(
      '{"money":{"amount":5,"at":{"__type__":"datetime","__value__":"1970-01-01T00:00:00+00:00"}}}',
    );
  });

  it('writes the properties of class instances', () => {
    class Post {
      constructor(readonly title: string) {}
    }
    expect(encodeJson([new Post('x')])).toBe('[{"title":"x"}]');
  });

  it('writes objects of another realm, and dates of it', () => {
    const value = runInNewContext('({ a: [1], at: new Date(0), bytes: new Uint8Array([65]) })');
    expect(encodeJson(value)).toBe(
      '{"a":[1],"at":{"__type__":"datetime","__value__":"1970-01-01T00:00:00+00:00"},"bytes":{"__type__":"bytes","__value__":"A"}}',
    );
  });

  const circle: Record<string, unknown> = { name: 'x' };
  circle.list = [{ circle }];

  it.each<[string, unknown, string]>([
    [
      'a Map',
      { users: [new Map()] },
      'The value.users[0] is a Map, for which JSON has no word: pass Object.fromEntries(map)',
    ],
    ['a Set', { tags: new Set() }, 'The value.tags is a Set, for which JSON has no word: pass [...set]'],
    [
      'a promise that was not awaited',
      [Promise.resolve(1)],
      'The value[0] is a Promise, for which JSON has no word: await it',
    ],
    ['an Error', { e: new TypeError('x') }, 'The value.e is a Error'],
    ['a RegExp', [/x/], 'The value[0] is a RegExp'],
    ['numbers that are no bytes', [new Float64Array(1)], 'The value[0] is a Float64Array'],
    ['a function', { 'on-done': () => 1 }, 'The value["on-done"] is a function'],
    ['a symbol', [Symbol('x')], 'The value[0] is a symbol'],
    ['a circle', circle, 'The value.list[0].circle contains itself'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'The value.at cannot be written: Invalid Date'],
    ['a year that Python does not have', [new Date(8.64e15)], 'Python knows the years 1 to 9999 only'],
    [
      'a toJSON that throws',
      {
        x: {
          toJSON: () => {
            throw new Error('no luck');
          },
        },
      },
      'The value.x cannot be written: Error: no luck',
    ],
    [
      'a getter that throws',
      {
        x: {
          get y(): never {
            throw new Error('no luck');
          },
        },
      },
      'The value.x.y cannot be written: Error: no luck',
    ],
    ['513 levels', decodeJson(nested(513), { maxDepth: 513 }), 'is nested deeper than 512 levels'],
  ])('refuses %s and names its place', (_, value, message) => {
    expect(() => encodeJson(value)).toThrow(encodeError(message));
  });

  it('writes the same object twice when it is no circle', () => {
    const shared = { at: 1n };
    expect(encodeJson([shared, shared])).toBe('[{"at":1},{"at":1}]');
  });

  it('writes text that is half a surrogate pair so that it can be read again', () => {
    expect(decodeJson(encodeJson(['\ud800', 1n]))).toEqual(['\ud800', 1]);
  });
});

describe('decodeJson', () => {
  it('reads the typed values of kombu', () => {
    const text = `[{"__type__":"datetime","__value__":"2026-11-20T22:53:58.529000+00:00"},
      {"__type__":"date","__value__":"2026-11-20"},{"__type__":"time","__value__":"23:09:52"},{"__type__":"decimal","__value__":"1.10"},
      {"__type__":"uuid","__value__":{"hex":"11111111222233334444555555555555"}},{"__type__":"bytes","__value__":"text"},
      {"__type__":"base64","__value__":"YWL/"}]`;
    expect(decodeJson(text)).toStrictEqual([
      new Date('2026-11-20T22:53:58.529Z'),
      new PlainDate('2026-11-20'),
      new PlainTime('23:09:52'),
      new Decimal('1.10'),
      new Uuid('11111111-2222-3333-4444-555555555555'),
      Buffer.from('text'),
      Buffer.from([0x61, 0x62, 0xff]),
    ]);
  });

  it.each(['2026-11-20T23:09:52.275379+00:00', '2024-01-02T03:04:05', '2024-01-02T03:04:05+05:30'])(
    'keeps all that Python wrote of the datetime %s',
    (isoText) => {
      const json = `{"__type__":"datetime","__value__":"${isoText}"}`;
      const date = decodeJson(json);
      expect(date).toBeInstanceOf(PythonDateTime);
      expect(encodeJson(date)).toBe(json);
    },
  );

  it('reads integers past 2^53 as bigint, and all others and fractions as numbers', () => {
    const text =
      '[9007199254740991, 9007199254740992, -18446744073709551616, 0.30000000000000004, 1e20, "1234567890123456789"]';
    expect(decodeJson(text)).toEqual([
      9007199254740991,
      9007199254740992n,
      -18446744073709551616n,
      0.30000000000000004,
      1e20,
      '1234567890123456789',
    ]);
    expect(decodeJson('12345678901234567890')).toBe(12345678901234567890n);
  });

  it.each(['{"__proto__": {"admin": true}, "n": 1}', '{"__proto__": {"admin": true}, "n": 12345678901234567890}'])(
    'makes __proto__ a key like any other: %s',
    (text) => {
      const value = decodeJson(text) as object;
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(value)).toEqual(['__proto__', 'n']);
      expect((value as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  it('tells the position and not the content of what is no JSON', () => {
    expect(() => decodeJson('{"password": hunter2}')).toThrow(decodeError('unexpected character at position 13'));
    expect(() => decodeJson('{"password": hunter2}')).not.toThrow('hunter2');
    expect(() => decodeJson('[1')).toThrow(decodeError('it ends early at position 2'));
  });

  it('names an unknown type and those that it knows', () => {
    expect(() => decodeJson('{"__type__": "money", "__value__": 5}')).toThrow(
      decodeError("unknown __type__ 'money': only datetime, date"),
    );
    expect(() => decodeJson('{"__type__": 12345678901234567890, "__value__": 5}')).toThrow(
      decodeError('unknown __type__ bigint'),
    );
  });

  it('reads up to the depth that is allowed, and counts no brackets in strings', () => {
    const brackets = `"${'['.repeat(600)}\\""`;
    expect(decodeJson(nested(512))).toBeDefined();
    expect(() => decodeJson(nested(513))).toThrow(decodeError('deeper than 512 levels'));
    expect(decodeJson(brackets)).toBe(`${'['.repeat(600)}"`);
    expect(() => decodeJson(`[NaN,${nested(3)}]`, { maxDepth: 3 })).toThrow(decodeError('deeper than 3 levels'));
    expect(decodeJson(`[NaN,${nested(2)}]`, { maxDepth: 3 })).toBeDefined();
  });

  it.each([
    ['a million lists', nested(1e6)],
    ['a million open lists', '['.repeat(1e6)],
    ['a million objects', `${'{"a":'.repeat(1e6)}1${'}'.repeat(1e6)}`],
  ])('refuses %s before it parses them', (_, text) => {
    const before = process.cpuUsage();
    expect(() => decodeJson(text)).toThrow(decodeError('deeper than 512 levels'));
    expect(process.cpuUsage(before).user).toBeLessThan(100_000);
  });

  it('needs no stack for depth that is allowed', () => {
    const deep = `[NaN,${nested(1e6)}]`;
    expect(decodeJson(deep, { maxDepth: 2e6 })).toBeDefined();
  });

  it('refuses integers longer than Python reads', () => {
    expect(decodeJson('9'.repeat(4300))).toBe(BigInt('9'.repeat(4300)));
    expect(() => decodeJson('9'.repeat(4301))).toThrow(decodeError('more than 4300 digits'));
  });

  it('reads a text of megabytes that is one string of escapes', () => {
    expect(decodeJson(`[NaN,"${String.raw`\"`.repeat(1e6)}"]`)).toEqual([Number.NaN, '"'.repeat(1e6)]);
  });
});
