import { isUtf8 } from 'node:buffer';

/** Where a text comes from: Python's own `repr`, or Celery's `saferepr`, which escapes nothing but `'`. */
export type ReprDialect = 'python' | 'celery';

/** A string literal in a text, and what to call when it cannot be read; `fail` ends the sentence 'The value …'. */
export interface StringSource {
  readonly text: string;
  readonly dialect: ReprDialect;
  fail(problem: string): never;
}

export interface StringLiteral {
  readonly value: string | Buffer;
  /** Past the closing quote. */
  readonly end: number;
}

const OPENING = /(u|r|b|br|rb)?(['"])/iy;

/** The string or bytes that begin at `start`; undefined where none do. */
export function readString(source: StringSource, start: number): StringLiteral | undefined {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(source.text);
  if (!opening) return undefined;
  const [{ length }, prefix = '', quote = ''] = opening;
  const kind = { quote, isRaw: /r/i.test(prefix), isBytes: /b/i.test(prefix) };
  return source.dialect === 'python'
    ? readPython(source, start + length, kind)
    : readCelery(source, start + length, kind);
}

interface StringKind {
  readonly quote: string;
  readonly isRaw: boolean;
  readonly isBytes: boolean;
}

function readPython(source: StringSource, start: number, kind: StringKind): StringLiteral {
  let value = '';
  for (let index = start; ;) {
    const char = source.text.charAt(index);
    if (char === kind.quote) {
      return { value: kind.isBytes ? Buffer.from(value, 'latin1') : value, end: index + 1 };
    }
    if (char === '' || char === '\n') source.fail('ends within a text.');
    if (kind.isBytes && char > '\x7f') source.fail('has bytes with a letter beyond ASCII.');
    const part = char === '\\' ? escape(source, index, kind) : { value: char, end: index + 1 };
    value += part.value;
    index = part.end;
  }
}

const SIMPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '\n': '',
    '\\': '\\',
    "'": "'",
    '"': '"',
    a: '\x07',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
  }),
);
const BYTE = /\\(?:x([\dA-Fa-f]{2})|([0-7]{1,3}))/y;
const LETTER = /\\(?:u([\dA-Fa-f]{4})|U(00(?:10|0[\dA-Fa-f])[\dA-Fa-f]{4}))/y;

function escape(source: StringSource, index: number, kind: StringKind): { value: string; end: number } {
  const { text } = source;
  const next = text.charAt(index + 1);
  if (kind.isRaw) return { value: text.slice(index, index + 2), end: index + 2 };
  const simple = SIMPLE.get(next);
  if (simple !== undefined) return { value: simple, end: index + 2 };
  const [all = '', hex, octal] = matchAt(BYTE, text, index) ?? [];
  if (all) return { value: byteText(hex, octal, kind), end: index + all.length };
  const [whole = '', short, long] = (kind.isBytes ? undefined : matchAt(LETTER, text, index)) ?? [];
  if (whole)
    return { value: String.fromCodePoint(Number.parseInt(short ?? long ?? '', 16)), end: index + whole.length };
  return source.fail(`has a text with the escape '\\${next}', which is not read.`);
}

/** An octal escape of bytes counts modulo 256, as in Python. */
function byteText(hex: string | undefined, octal: string | undefined, { isBytes }: StringKind): string {
  const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
  return String.fromCharCode(isBytes ? code & 0xff : code);
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/**
 * Celery shows texts as they are but for `\'`, cuts what is long, and shows bytes as text or as hexadecimal digits. So a backslash may be one,
 * or an escape of Python's: whatever can be read in two ways is refused.
 */
function readCelery(source: StringSource, start: number, { quote, isBytes }: StringKind): StringLiteral {
  const end = endOfCelery(source, start, quote);
  const shown = source.text.slice(start, end - 1);
  if (shown.endsWith('...')) source.fail("was cut short when it was stored, or ends with '...' itself.");
  if (isBytes) return { value: celeryBytes(source, shown, end), end };
  return { value: shown.replaceAll("\\'", "'"), end };
}

function endOfCelery(source: StringSource, start: number, quote: string): number {
  for (let index = start; index < source.text.length; index++) {
    const char = source.text.charAt(index);
    if (char === quote) return index + 1;
    if (char !== '\\') continue;
    if (source.text.charAt(++index) !== "'")
      source.fail("has a text with a backslash, which Celery's repr does not tell from an escape.");
  }
  return source.fail('ends within a text.');
}

/** Quotes within bytes are not escaped: only before the last quote of all can they be told from the end. */
function celeryBytes(source: StringSource, shown: string, end: number): Buffer {
  const isHex = /^(?:[0-9a-f]{2})+$/.test(shown) && !isUtf8(Buffer.from(shown, 'hex'));
  if (isHex || /["'\\]/.test(shown) || /["']/.test(source.text.slice(end))) {
    source.fail("has bytes, which Celery's repr shows in a form that can be read in two ways.");
  }
  return Buffer.from(shown, 'utf8');
}
