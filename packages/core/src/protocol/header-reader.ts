import { InvalidTaskError } from '../errors/task-errors.js';
import { isRecord } from './class-tag.js';
import { formatIso, parseIso } from './iso-date.js';

/** Reads values of known types out of a header table (or a protocol-1 body), and names the header that has another. */
export class HeaderReader {
  constructor(
    private readonly headers: Record<string, unknown>,
    /** Of which task, for messages. */
    private readonly task: string,
  ) {}

  text(name: string): string | null {
    const value = this.headers[name];
    if (value === null || value === undefined) return null;
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }

  required(name: string): string {
    const value = this.headers[name];
    if (typeof value !== 'string' || value === '') throw this.#wrong(name, 'text of at least one character');
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.headers[name];
    if (value === null || value === undefined) return undefined;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  integer(name: string): number | null {
    const value = toNumber(this.headers[name]);
    if (value !== null && !Number.isSafeInteger(value)) throw this.#wrong(name, 'a whole number');
    return value as number | null;
  }

  /** An ISO date; checked here, kept as it was written. What is naive is wall time of `naive`, and gets its offset unless that is UTC. */
  date(name: string, naive: string): string | null {
    const value = this.headers[name];
    if (value === null || value === undefined || value === '') return null;
    try {
      if (value instanceof Date) return formatIso(value);
      if (typeof value !== 'string') throw new TypeError(typeof value);
      const date = parseIso(value, { naive });
      return naive === 'UTC' || date.getTime() === parseIso(value).getTime() ? value : formatIso(date, naive);
    } catch (cause) {
      throw this.#wrong(name, 'an ISO 8601 date', cause);
    }
  }

  /** `[hard, soft]`, each a number, 0 or more, or null. */
  limits(name: string): [number | null, number | null] {
    const value = this.headers[name];
    if (value === null || value === undefined) return [null, null];
    const limits = Array.isArray(value) && value.length === 2 ? value.map(toNumber) : [];
    const [hard = Number.NaN, soft = Number.NaN] = limits;
    if (!isLimit(hard) || !isLimit(soft))
      throw this.#wrong(name, 'a list [hard, soft] of numbers, 0 or more, or nulls');
    return [reachable(hard), reachable(soft)];
  }

  texts(name: string): string[] | null {
    const value = this.headers[name];
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      throw this.#wrong(name, 'a list of texts');
    return value as string[];
  }

  table<T>(name: string): Record<string, T> {
    const value = this.headers[name];
    if (value === null || value === undefined) return {};
    if (!isRecord(value)) throw this.#wrong(name, 'a table');
    return value as Record<string, T>;
  }

  #wrong(name: string, wanted: string, cause?: unknown): InvalidTaskError {
    return new InvalidTaskError(`The message of task '${this.task}' has a header '${name}' that is not ${wanted}.`, {
      cause,
    });
  }
}

/** A task's name as it may stand in a message. */
export function taskLabel(task: unknown): string {
  return typeof task === 'string' ? task.slice(0, 255) : '?';
}

/** Seconds, 300 years: a time limit beyond is none, and a Date could not hold the largest. */
const LONGEST_LIMIT = 1e10;

const isLimit = (seconds: number | null) => seconds === null || seconds >= 0;
const reachable = (seconds: number | null) => (seconds !== null && seconds > LONGEST_LIMIT ? null : seconds);

/** Numbers come as `number` or `bigint`; anything else is NaN. */
function toNumber(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
}
