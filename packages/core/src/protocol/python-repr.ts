import { isUtf8 } from 'node:buffer';
import { classTag } from './class-tag.js';
import { datetime, pythonConstructor, pythonNumber } from './python-literals.js';
import { pythonKind } from './python-values.js';

/** Celery's `argsrepr_maxsize` and its depth. */
const MAX_LENGTH = 1024;
const MAX_LEVELS = 3;

const UNREPRESENTABLE = '<unrepresentable>';

/** The arguments as Python shows a tuple: `(2, 3)`, `(2,)`, `()`. At most about 1024 characters; never throws. */
export function argsRepr(args: readonly unknown[]): string {
  const writer = new ReprWriter(MAX_LENGTH);
  writer.sequence(args, '(', args.length === 1 ? ',)' : ')');
  return writer.text;
}

/** The keyword arguments as Python shows a dict: `{'y': 3}`. At most about 1024 characters; never throws. */
export function kwargsRepr(kwargs: Readonly<Record<string, unknown>>): string {
  return pythonRepr(kwargs);
}

/** A value as Celery's `saferepr` shows it: Python syntax, strings not escaped but for `'`, nesting cut below the third level. */
export function pythonRepr(value: unknown, maxLength = MAX_LENGTH): string {
  const writer = new ReprWriter(maxLength);
  writer.value(value);
  return writer.text;
}

/**
 * Celery's algorithm, its quirks included: what does not fit is cut, then comes `, ...`, and the brackets that are open are closed.
 * So the text may be some characters longer than the limit.
 */
class ReprWriter {
  text = '';
  #left: number;
  #level = 0;
  #full = false;

  constructor(maxLength: number) {
    this.#left = maxLength;
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.#emitWith((left) => quoted(value, left));
    else if (typeof value === 'object' && value !== null) this.#object(value);
    else this.#emitWith((left) => truncate(atom(value), left));
  }

  sequence(values: readonly unknown[], open: string, close: string): void {
    if (this.#tooDeep(open, close)) return;
    this.#open(open);
    for (let index = 0; index < values.length && !this.#full; index++) {
      this.value(values[index]);
      if (index < values.length - 1) this.#emit(', ');
    }
    this.#close(close);
  }

  #object(value: object, isConverted = false): void {
    const tag = classTag(value);
    const kind = pythonKind(value);
    if (kind) this.#emitWith((left) => truncate(pythonConstructor(kind, value), left));
    else if (Array.isArray(value)) this.sequence(value, '[', ']');
    else if (tag === 'Date') this.#emitWith((left) => truncate(datetime(value as Date), left));
    else if (tag === 'Uint8Array') this.#emitWith((left) => bytes(value as Uint8Array, left));
    else if (!isConverted && typeof read(value, 'toJSON') === 'function') this.#converted(value);
    else if (tag === 'Object') this.#mapping(value);
    else this.#emitWith((left) => truncate(`<${tag}>`, left));
  }

  /** Shown as what is sent for it. */
  #converted(value: object): void {
    const shown = asJson(value);
    if (typeof shown === 'object' && shown !== null) this.#object(shown, true);
    else this.value(shown);
  }

  #mapping(record: object): void {
    if (this.#tooDeep('{', '}')) return;
    this.#open('{');
    // what is undefined is not sent
    const keys = Object.keys(record).filter((key) => read(record, key) !== undefined);
    for (let index = 0; index < keys.length && !this.#full; index++) {
      const key = keys[index] as string;
      this.#emitWith((left) => quoted(key, left));
      this.#emit(': ');
      if (!this.#full) this.value(read(record, key));
      if (index < keys.length - 1) this.#emit(', ');
    }
    this.#close('}');
  }

  #tooDeep(open: string, close: string): boolean {
    if (this.#level < MAX_LEVELS) return false;
    this.#emitWith((left) => truncate(`${open}...${close}`, left));
    return true;
  }

  #open(bracket: string): void {
    this.#level++;
    this.#emit(bracket);
  }

  /** A bracket is closed even when all is full, unless it was its own turn that found so. */
  #close(bracket: string): void {
    this.#level--;
    if (this.#full) this.text += bracket;
    else this.#emit(bracket);
  }

  #emit(text: string): void {
    this.#emitWith(() => text);
  }

  #emitWith(make: (left: number) => string): void {
    if (this.#full) return;
    this.#full = this.#left <= 0;
    const text = this.#full ? ', ...' : make(this.#left);
    this.text += text;
    this.#left -= lengthOf(text);
  }
}

function quoted(text: string, left: number): string {
  return `'${truncate(text, left).replaceAll("'", "\\'")}'`;
}

/** Cuts where the limit is reached, and back to the last space if there is one. */
function truncate(text: string, left: number): string {
  if (lengthOf(text, left) < left) return text;
  const cut = Array.from(text.slice(0, left * 2))
    .slice(0, left)
    .join('');
  const space = cut.lastIndexOf(' ');
  return `${space < 0 ? cut : cut.slice(0, space)}...`;
}

/** Python counts code points, JavaScript halves of pairs. Exact as far as `enough`. */
function lengthOf(text: string, enough = Number.POSITIVE_INFINITY): number {
  if (text.length > enough * 2) return text.length;
  return /[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length;
}

/** Text where the bytes are UTF-8, else hexadecimal digits: so does Celery, though Python would not. */
function bytes(value: Uint8Array, left: number): string {
  const chunk = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, left));
  const text = isUtf8(chunk) ? chunk.toString('utf8') : chunk.toString('hex');
  return `b'${text}${value.byteLength > left ? '...' : ''}'`;
}

function atom(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? pythonNumber(value) : String(value);
}

function asJson(value: object): unknown {
  try {
    return (value as { toJSON(key: string): unknown }).toJSON('');
  } catch {
    return UNREPRESENTABLE;
  }
}

/** A getter may throw. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return UNREPRESENTABLE;
  }
}
