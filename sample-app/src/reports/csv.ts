/** Rows as CSV (RFC 4180): the header first, lines end in CRLF. */
export function toCsv<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row & string)[]): string {
  const lines = rows.map((row) => columns.map((column) => field(row[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

function field(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : String(value);
  const safe = typeof value === 'string' ? disarm(text) : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would run a text that begins like a formula, and anyone may write a post. */
function disarm(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
