import { CeleryError } from '../errors/celery-error.js';
import { UnencodableValue } from '../errors/protocol-errors.js';
import { classTag } from './class-tag.js';
import { bytesEnvelope, dateEnvelope, pythonEnvelope } from './json-envelope.js';
import { pythonKind } from './python-values.js';

/** What to do about values that JSON would silently lose or bend, by the name of their class. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['Map', 'pass Object.fromEntries(map)'],
  ['Set', 'pass [...set]'],
  ['Promise', 'await it first'],
  ['Error', 'pass its message'],
  ['RegExp', 'pass its source'],
]);

/**
 * Writes any value as kombu does: dates, bytes and the values of Python in envelopes, `bigint` as digits, `NaN` and `Infinity` bare.
 * As `JSON.stringify`: `toJSON()` is honoured, `undefined` is left out of objects and null elsewhere.
 */
export class JsonWriter {
  /** The way to the value in hand, for messages. */
  readonly #path: (string | number)[] = [];
  /** The containers around it, to find circles. */
  readonly #around: object[] = [];

  constructor(
    private readonly root: string,
    private readonly maxDepth: number,
  ) {}

  /** @throws UnencodableValue */
  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'number':
        return jsonNumber(value);
      case 'bigint':
      case 'boolean':
        return String(value);
      case 'undefined':
        return 'null';
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        throw this.#problem(`is a ${typeof value}, which cannot be sent.`);
    }
  }

  #object(value: object): string {
    const kind = pythonKind(value);
    if (kind) return this.#guarded(() => pythonEnvelope(kind, value));
    const tag = classTag(value);
    if (tag === 'Date') return this.#guarded(() => dateEnvelope(value as Date));
    if (tag === 'Uint8Array') return bytesEnvelope(value as Uint8Array);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.#converted(value);
    return this.#plain(value, tag);
  }

  /** What `toJSON()` gives is not asked for its own `toJSON()`. */
  #converted(value: object): string {
    const converted = this.#guarded(() =>
      (value as { toJSON(key: string): unknown }).toJSON(String(this.#path.at(-1) ?? '')),
    );
    if (typeof converted !== 'object' || converted === null) return this.write(converted);
    const tag = classTag(converted);
    return isContainer(tag) ? this.#plain(converted, tag) : this.#object(converted);
  }

  #plain(value: object, tag: string): string {
    if (!isContainer(tag))
      throw this.#problem(`is a ${tag}, for which JSON has no word: ${ADVICE.get(tag) ?? 'pass plain data'}.`);
    if (this.#around.includes(value)) throw this.#problem('contains itself: JSON has no circles.');
    if (this.#around.length >= this.maxDepth) throw this.#problem(`is nested deeper than ${this.maxDepth} levels.`);
    this.#around.push(value);
    const text = Array.isArray(value) ? this.#array(value) : this.#record(value as Record<string, unknown>);
    this.#around.pop();
    return text;
  }

  #array(values: readonly unknown[]): string {
    let text = '';
    for (let index = 0; index < values.length; index++) {
      text += (index === 0 ? '' : ',') + this.#member(index, values[index]);
    }
    return `[${text}]`;
  }

  #record(record: Record<string, unknown>): string {
    let text = '';
    for (const key of Object.keys(record)) {
      this.#path.push(key);
      const value = this.#guarded(() => record[key]);
      if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${this.write(value)}`;
      this.#path.pop();
    }
    return `{${text}}`;
  }

  #member(index: number, value: unknown): string {
    this.#path.push(index);
    const text = this.write(value);
    this.#path.pop();
    return text;
  }

  /** Code of the value's own (`toJSON`, getters) may throw anything. */
  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      const reason = error instanceof CeleryError ? error.message : String(error);
      throw this.#problem(`cannot be written: ${reason}`);
    }
  }

  #problem(problem: string): UnencodableValue {
    return new UnencodableValue(this.root, [...this.#path], problem);
  }
}

/** Past 2^53 a number is a double and no integer: written as digits only, it would come back as a `bigint`. `-0` is 0, as in JSON.stringify. */
function jsonNumber(value: number): string {
  const text = String(value);
  return Math.abs(value) > Number.MAX_SAFE_INTEGER && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const isContainer = (tag: string): boolean => tag === 'Object' || tag === 'Array';
