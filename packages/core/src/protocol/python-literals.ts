import { isoParts, isoTime } from './iso-grammar.js';
import type { IsoTime } from './iso-grammar.js';
import { pythonDateTime } from './python-values.js';
import type { PythonKind } from './python-values.js';

/** A number as Python prints it; a whole number up to 2^53 is an int, since that is what JSON makes of it. */
export function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  // Python turns to exponents below 1e-4 and from 1e16 on, and gives them two digits
  if (size >= 1e16 || (size > 0 && size < 1e-4)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return size > Number.MAX_SAFE_INTEGER ? `${value}.0` : String(value);
}

/** `Decimal('1.10')`, `UUID('…')`, `datetime.date(2026, 11, 20)` … */
export function pythonConstructor(kind: PythonKind, value: object): string {
  switch (kind) {
    case 'decimal':
      return `Decimal('${String(value)}')`;
    case 'uuid':
      return `UUID('${String(value)}')`;
    case 'date':
      return `datetime.date(${String(value).split('-').map(Number).join(', ')})`;
    case 'time':
      return pythonTime(String(value));
    default:
      return datetime(value as Date);
  }
}

/** `datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)`; what Python has no date for prints as JavaScript does. */
export function datetime(date: Date): string {
  const parts = isWritable(date) ? isoParts(pythonDateTime(date)) : undefined;
  if (!parts) return String(date);
  const { year, month, day } = parts;
  return `datetime.datetime(${[year, month, day, ...timeFields(parts)].join(', ')}${tzinfo(parts.offset)})`;
}

/** Python has the years 1 to 9999. */
function isWritable(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

function pythonTime(text: string): string {
  const time = isoTime(text);
  return time ? `datetime.time(${timeFields(time).join(', ')}${tzinfo(time.offset)})` : text;
}

/** Seconds and microseconds are left out when nothing but zeros follows. */
function timeFields({ hour, minute, second, microsecond }: IsoTime): number[] {
  if (microsecond) return [hour, minute, second, microsecond];
  return second ? [hour, minute, second] : [hour, minute];
}

function tzinfo(offset: number | null): string {
  if (offset === null) return '';
  if (offset === 0) return ', tzinfo=datetime.timezone.utc';
  const delta = offset < 0 ? `days=-1, seconds=${86_400 + offset}` : `seconds=${offset}`;
  return `, tzinfo=datetime.timezone(datetime.timedelta(${delta}))`;
}

/** Text as Python's `repr` shows it: `'a'`, `"it's"`, `'line\n'`. */
export function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\'"\p{Cc}]/gu, (character) => escapeOf(character, quote));
  return `${quote}${escaped}${quote}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string, quote: string): string {
  if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
  return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
