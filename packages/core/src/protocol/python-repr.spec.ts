import { argsRepr, kwargsRepr, pythonRepr } from './python-repr.js';
import { Decimal, PlainDate, PlainTime, PythonDateTime, Uuid } from './python-values.js';

describe('argsRepr and kwargsRepr', () => {
  it('write a tuple and a dict in Python syntax', () => {
    expect(argsRepr([])).toBe('()');
    expect(argsRepr([1])).toBe('(1,)');
    expect(argsRepr([1, 'a', null, true])).toBe("(1, 'a', None, True)");
    expect(kwargsRepr({})).toBe('{}');
    expect(kwargsRepr({ y: 3, z: 'hæ☃' })).toBe("{'y': 3, 'z': 'hæ☃'}");
  });

  it('cut below the third level', () => {
    expect(argsRepr([[[[[1]]], { a: { b: { c: 1 } } }]])).toBe("([[[...]], {'a': {...}}],)");
  });

  it('stay near 1024 characters, however large the arguments are', () => {
    const repr = argsRepr([Array.from({ length: 1e5 }, () => 'some text')]);
    expect(repr).toMatch(/, \.\.\.\],\)$/);
    expect(repr.length).toBeLessThan(1060);
  });
});

describe('pythonRepr', () => {
  it.each<[unknown, string]>([
    [undefined, 'None'],
    [-0, '0'],
    [0.00001, '1e-05'],
    [2n ** 70n, '1180591620717411303424'],
    [
      new Date('2024-01-02T03:04:05.006Z'),
      'datetime.datetime(2024, 1, 2, 3, 4, 5, 6000, tzinfo=datetime.timezone.utc)',
    ],
    [new Date(Number.NaN), 'Invalid Date'],
    [new PythonDateTime('2024-01-02T03:04'), 'datetime.datetime(2024, 1, 2, 3, 4)'],
    [new PlainDate('2024-01-02'), 'datetime.date(2024, 1, 2)'],
    [new PlainTime('03:04:05'), 'datetime.time(3, 4, 5)'],
    [new Decimal('1.10'), "Decimal('1.10')"],
    [new Uuid('11111111222233334444555555555555'), "UUID('11111111-2222-3333-4444-555555555555')"],
    [Buffer.from([0xff, 1]), "b'ff01'"],
    [{ a: undefined, b: 1 }, "{'b': 1}"],
    [new Map(), '<Map>'],
    [{ toJSON: () => ['sent'] }, "['sent']"],
  ])('shows %p as what Python would get', (value, repr) => {
    expect(pythonRepr(value)).toBe(repr);
  });

  it('never throws: not for circles, getters and conversions that fail, nor for symbols', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const fails = {
      get x(): never {
        throw new Error('no');
      },
    };
    const converts = {
      toJSON() {
        throw new Error('no');
      },
    };
    const endless = { toJSON: (): unknown => ({ ...endless }) };
    expect(pythonRepr([circle, fails, converts, Symbol('s'), endless])).toContain(
      "{'x': '<unrepresentable>'}, '<unrepresentable>'",
    );
  });
});
