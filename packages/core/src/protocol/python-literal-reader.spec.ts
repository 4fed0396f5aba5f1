import { randomArray, randomOf, randomRecord } from '../../../../test/support/random-values.js';
import { readPythonLiteral } from './python-literal-reader.js';
import { argsRepr, kwargsRepr } from './python-repr.js';

describe("a text of Python's repr", () => {
  it.each<[string, unknown]>([
    ['None', null],
    ['True', true],
    ['False', false],
    ['0', 0],
    ['-17', -17],
    ['+4', 4],
    ['1.5', 1.5],
    ['1e-05', 0.00001],
    ['-1.5E+20', -1.5e20],
    ['.5', 0.5],
    ['9007199254740993', 9007199254740993n],
    ['-1180591620717411303424', -(2n ** 70n)],
    ['()', []],
    ['(1,)', [1]],
    ['(1)', 1],
    ['((1))', 1],
    ["(2, 'b', None)", [2, 'b', null]],
    ['[1, [2, (3,)], {}]', [1, [2, [3]], {}]],
    ["{'a': 1, 'b': {'c': [True]}}", { a: 1, b: { c: [true] } }],
    ['{1, 2}', new Set([1, 2])],
    ['set()', new Set()],
    ['  [ 1 ,\n 2, ] ', [1, 2]],
    ["'it\\'s'", "it's"],
    [`"it's"`, "it's"],
    ["''", ''],
    [String.raw`'\\ \a\b\f\n\r\t\v \x41 \u2603 \U0001f600 \101 \0'`, '\\ \x07\b\f\n\r\t\v A ☃ 😀 A \0'],
    [String.raw`'\ud800'`, '\ud800'],
    [String.raw`r'\n'`, '\\n'],
    [String.raw`u'☃'`, '☃'],
    [String.raw`b'a\xff\n\''`, Buffer.from([0x61, 0xff, 0x0a, 0x27])],
    [String.raw`Rb'\x'`, Buffer.from('\\x')],
    ["'a\\\nb'", 'ab'],
  ])('is read: %j', (text, value) => {
    expect(readPythonLiteral(text)).toStrictEqual(value);
  });

  it.each<[string, RegExp]>([
    ['', /unexpected end/],
    ['(1', /unexpected end/],
    ['(1 2)', /unexpected character at position 3/],
    ['[,]', /unexpected character/],
    ['[1]]', /goes on after its end, at position 3/],
    ["'a' 'b'", /goes on/],
    ["'''a'''", /goes on/],
    ["'a", /ends within a text/],
    ["'a\nb'", /ends within a text/],
    ["f'{x}'", /'f…'/],
    [String.raw`'\N{SNOWMAN}'`, /escape '\\N'/],
    [String.raw`b'\u2603'`, /escape '\\u'/],
    ["b'☃'", /beyond ASCII/],
    ['1_000', /unexpected|goes on/],
    ['0x10', /unexpected|goes on/],
    ['007', /no number that Python writes/],
    ['1j', /unexpected|goes on/],
    ['1 + 2', /goes on/],
    ['nan', /is nan/],
    ['-inf', /is -inf/],
    ['1e999', /too large/],
    ['{1: 2}', /a key that is no text/],
    ["{'a': 1, 'b'}", /half a dict/],
    ['[1, ...]', /cut short/],
    ['[[...]]', /^The value\[0\]\[0\] was cut short/],
    ['<object at 0x7f>', /unexpected character at position 0/],
    ['__import__("os").system("true")', /'__import__…'/],
    ['lambda: 1', /'lambda…'/],
    ['9'.repeat(4301), /no number that Python writes/],
  ])('is refused, never run: %j', (text, message) => {
    const read = () => readPythonLiteral(text);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'DECODE_ERROR' }));
  });

  it('is refused with the name of the value', () => {
    const text = "(1, {'to': [Decimal('1.10'), 2]})";
    expect(() => readPythonLiteral(text, { root: 'args' })).toThrow(
      "args[1].to[0] is 'Decimal…', which is no plain literal",
    );
  });

  it('may not be nested deeper than JSON may', () => {
    expect(readPythonLiteral('['.repeat(500) + ']'.repeat(500))).toHaveLength(1);
    expect(() => readPythonLiteral('['.repeat(1e6))).toThrow(/deeper than 512/);
  });

  it('makes no more of __proto__ than a key', () => {
    const value = readPythonLiteral("{'__proto__': {'polluted': 1}}") as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in value).toBe(false);
  });
});

describe("a text of Celery's saferepr", () => {
  const read = (text: string) => readPythonLiteral(text, { dialect: 'celery' });

  it.each<[string, unknown]>([
    ["('it\\'s', 'a\nb')", ["it's", 'a\nb']],
    ['("it\'s",)', ["it's"]],
    ["(b'abc',)", [Buffer.from('abc')]],
    ["(1, b'☃')", [1, Buffer.from('☃')]],
  ])('is read: %j', (text, value) => {
    expect(read(text)).toStrictEqual(value);
  });

  it.each<[string, RegExp]>([
    [String.raw`('C:\new',)`, /backslash/],
    [String.raw`('ends in \', 'b')`, /unexpected character/],
    [String.raw`('a\', ', 5, ')`, /ends within a text/],
    [String.raw`('a\\'b',)`, /backslash/],
    ["('Loading...',)", /cut short/],
    ["('abc', ...)", /cut short/],
    ["(b'00ff',)", /bytes/],
    ["(b'a', b'b')", /bytes/],
    [String.raw`(b'\x00',)`, /bytes|backslash/],
  ])('is refused where it can be read in two ways, or was cut: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('gives random values back, whenever it can be read at all', () => {
    const random = randomOf(7);
    let readable = 0;
    for (let n = 0; n < 2_000; n++) {
      const [args, kwargs] = [randomArray(random), randomRecord(random)];
      readable += expectSame(() => read(argsRepr(args)), args) + expectSame(() => read(kwargsRepr(kwargs)), kwargs);
    }
    expect(readable).toBeGreaterThan(1_000);
  });
});

/** 1 when it was read, and then it is the same. */
function expectSame(read: () => unknown, value: unknown): number {
  let found: unknown;
  try {
    found = read();
  } catch (error) {
    expect(error).toMatchObject({ code: 'DECODE_ERROR' });
    return 0;
  }
  expect(found).toStrictEqual(value);
  return 1;
}
