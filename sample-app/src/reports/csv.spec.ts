import { toCsv } from './csv.js';

describe('toCsv', () => {
  it('writes the header first and only the columns that were asked for', () => {
    const rows = [{ id: 1, secret: 'x', at: new Date('2026-11-21T08:00:00Z') }];
    expect(toCsv(rows, ['at', 'id'])).toBe('at,id\r\n2026-11-21T08:00:00.000Z,1\r\n');
  });

  it('is the header alone when there are no rows', () => {
    expect(toCsv<{ id: number }>([], ['id'])).toBe('id\r\n');
  });

  it('quotes what would break a line or a field', () => {
    const rows = [{ text: 'a,b' }, { text: 'say "hi"' }, { text: 'two\nlines' }];
    expect(toCsv(rows, ['text'])).toBe('text\r\n"a,b"\r\n"say ""hi"""\r\n"two\nlines"\r\n');
  });

  it('keeps a spreadsheet from running a text as a formula, and leaves numbers alone', () => {
    expect(toCsv([{ text: '=1+1', number: -1 }], ['text', 'number'])).toBe("text,number\r\n'=1+1,-1\r\n");
  });
});
