import { EncodeError } from '../errors/protocol-errors.js';
import { JsonParser } from './json-parser.js';
import { needsCare } from './json-survey.js';
import { JsonWriter } from './json-writer.js';

/** Nesting that we read and write unless told otherwise. Python's own limit is its recursion limit, 1000. */
export const DEFAULT_MAX_DEPTH = 512;

/** Deeper values are left to the careful writer, which also finds circles. */
const PLAIN_DEPTH = 32;

export interface JsonOptions {
  /** Levels of nesting. @default 512 */
  readonly maxDepth?: number;
  /** What the value is called in messages. @default 'The value' */
  readonly root?: string;
}

/**
 * Writes a value as kombu's JSON: `Date` (with `+00:00`), bytes, `PlainDate`, `PlainTime`, `Decimal` and `Uuid` in `__type__` envelopes,
 * `bigint` as digits, numbers past 2^53 as floats, `NaN` and `Infinity` as Python's bare words. `undefined` is left out of objects and null in arrays.
 * @throws EncodeError naming the place of a Map, Set, function, symbol, circle, or other value that JSON has no word for.
 */
export function encodeJson(value: unknown, options: JsonOptions = {}): string {
  const { maxDepth = DEFAULT_MAX_DEPTH, root = 'The value' } = options;
  try {
    if (isPlain(value, Math.min(PLAIN_DEPTH, maxDepth))) return JSON.stringify(value);
  } catch {
    // a getter threw: it will again, and the writer knows where
  }
  try {
    return new JsonWriter(root, maxDepth).write(value);
  } catch (cause) {
    if (cause instanceof EncodeError) throw cause;
    throw new EncodeError(`${root} cannot be written as JSON: ${String(cause)}`, { cause });
  }
}

/**
 * Reads JSON as kombu does: `datetime` becomes a `Date` (a `PythonDateTime` where a Date says less than the text), `date`, `time`, `decimal`
 * and `uuid` become the values of that name, `bytes` and `base64` a `Buffer`; integers past 2^53 become `bigint`.
 * A key `__proto__` is a key like any other.
 * @throws DecodeError when it is not JSON, is nested deeper than `maxDepth`, or holds an unknown `__type__`.
 */
export function decodeJson(text: string, { maxDepth = DEFAULT_MAX_DEPTH }: JsonOptions = {}): unknown {
  if (!needsCare(text, maxDepth)) {
    try {
      return JSON.parse(text);
    } catch {
      // NaN and Infinity are read below, and what is no JSON at all gets its message there: the platform's would quote the content
    }
  }
  return new JsonParser(text).parse();
}

/** True when `JSON.stringify` writes the value as it should be written. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
    case 'object':
      return value === null || (depth > 0 && isPlainContainer(value, depth - 1));
    default:
      return false;
  }
}

function isPlainContainer(value: object, depth: number): boolean {
  if (Array.isArray(value)) return value.every((element) => isPlain(element, depth)) && !('toJSON' in value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    if (!isPlain((value as Record<string, unknown>)[key], depth)) return false;
  }
  return true;
}
