import { pythonText } from './python-literals.js';

describe('pythonText', () => {
  it.each([
    ['', "''"],
    ['plain', "'plain'"],
    ["it's", `"it's"`],
    ['say "a"', `'say "a"'`],
    [`it's "a"`, String.raw`'it\'s "a"'`],
    ['a\\b\n\r\t', String.raw`'a\\b\n\r\t'`],
    ['\0\u001b\u007f\u0085', String.raw`'\x00\x1b\x7f\x85'`],
    ['Grüße, 파이썬, 𝄞', "'Grüße, 파이썬, 𝄞'"],
  ])('writes %j as %s', (text, expected) => {
    expect(pythonText(text)).toBe(expected);
  });
});
