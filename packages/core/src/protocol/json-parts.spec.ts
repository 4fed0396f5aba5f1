import { callTexts } from './json-parts.js';

const of = (text: string, maxBytes = 1_000) => callTexts(Buffer.from(text), maxBytes);

describe('callTexts', () => {
  it.each([
    ['[[], {}, {}]', '[]', '{}'],
    ['[[1.0, "a]b", [2]], {"k}": {"x": []}}, {"chain": [1]}]', '[1.0, "a]b", [2]]', '{"k}": {"x": []}}'],
    [' [ [1,\n 2] , {"a" : 1}, null]', '[1,\n 2]', '{"a" : 1}'],
    [
      String.raw`[["\"", "\\", "å☃\\\""], {"\u0022": 1}, {}]`,
      String.raw`["\"", "\\", "å☃\\\""]`,
      String.raw`{"\u0022": 1}`,
    ],
  ])('finds them in %s', (body, args, kwargs) => {
    expect(of(body)).toEqual({ args, kwargs });
  });

  it.each([
    '{"args": [], "kwargs": {}}',
    '[null, {}, {}]',
    '[[], null, {}]',
    '[[1]]',
    '[[1, {}, {}]',
    '',
    '"text"',
    '[[',
  ])('leaves alone what is no body of this form: %s', (body) => expect(of(body)).toBeUndefined());

  it('keeps to the limit, which is about both together', () => {
    const body = '[["aaaa"], {"b": 1}, {"chain": "long"}]';
    expect(of(body, 16)).toEqual({ args: '["aaaa"]', kwargs: '{"b": 1}' });
    expect(of(body, 15)).toBeUndefined();
    expect(of(`[["${'x'.repeat(1e6)}"], {}, {}]`, 100)).toBeUndefined();
  });
});
