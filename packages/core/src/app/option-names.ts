import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { QueueOptions, RetryPolicy, RouteOptions } from './config.js';
import { CALL_KINDS, QUEUE_KINDS, RETRY_KINDS, RETRY_POLICY_KINDS, ROUTE_KINDS, TASK_KINDS } from './option-tables.js';
import type { OptionKind } from './option-kinds.js';
import { KnownNames, toSnake } from './known-names.js';
import type { ApplyAsyncOptions, RetryOptions, TaskOptions } from './task-options.js';

/** Reads options by a table of them: under our names, and Celery's in snake_case. */
export class OptionNames<T extends object> {
  readonly #names: KnownNames<string>;
  readonly #kinds: ReadonlyMap<string, OptionKind>;

  constructor(
    table: Readonly<Record<keyof T & string, OptionKind>>,
    /** What to do instead of an option of Celery's that there is not, by its name there. */
    private readonly advice: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#kinds = new Map(Object.entries(table));
    this.#names = new KnownNames(
      new Map(Object.keys(table).flatMap((name) => [[name, name] as const, [toSnake(name), name] as const])),
    );
  }

  /**
   * The same options under our names. Null and undefined are not given.
   * @param where what the options belong to, for the message
   * @throws ImproperlyConfigured for what is no object, an unknown name (with the nearest known one), a name given twice, or a value of the wrong kind.
   */
  read(written: object, where: string): T {
    if (typeof written !== 'object' || written === null) {
      throw new ImproperlyConfigured(`${where}: the options are ${shown(written)}: give an object.`);
    }
    const given = new Map<string, unknown>();
    for (const [key, value] of Object.entries(written)) {
      const name = this.#names.find(key);
      if (name === undefined) throw new ImproperlyConfigured(`${where}: ${this.#unknown(key)}.`);
      if (given.has(name)) throw new ImproperlyConfigured(`${where}: '${name}' is given twice, once as '${key}'.`);
      if (!this.#accepts(name, value)) throw new ImproperlyConfigured(`${where}: ${this.#wrong(key, name, value)}.`);
      given.set(name, value);
    }
    return Object.fromEntries(given) as T;
  }

  /** Whether every option has our name and a value of its kind, so that there is nothing to read. On the path of every call. */
  fits(written: object): written is T {
    for (const name in written) if (!this.#accepts(name, (written as Record<string, unknown>)[name])) return false;
    return true;
  }

  #accepts(name: string, value: unknown): boolean {
    const kind = this.#kinds.get(name);
    return kind !== undefined && (value === undefined || value === null || kind.accepts(value));
  }

  #unknown(key: string): string {
    const advice = this.advice.get(toSnake(key));
    return advice === undefined ? this.#names.unknown(key) : `there is no option '${key}': ${advice}`;
  }

  #wrong(key: string, name: string, value: unknown): string {
    return `'${key}' expects ${this.#kinds.get(name)?.expects}, not ${shown(value)}`;
  }
}

/** A value in a message: short, and nothing that has to run code of its own to be shown. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}

/** Options that Celery gives a task and that have another form here. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['bind', 'a handler takes its task by @Ctx(), or from currentTask()'],
  ['base', 'inherit from a class of tasks, or use an interceptor'],
  ['pydantic', "give a 'schema', or use a ValidationPipe"],
  ['run', 'the decorated method is what runs'],
]);

export const QUEUE_OPTIONS = new OptionNames<QueueOptions>(QUEUE_KINDS);
export const ROUTE_OPTIONS = new OptionNames<RouteOptions>(ROUTE_KINDS);
export const RETRY_POLICY = new OptionNames<RetryPolicy>(RETRY_POLICY_KINDS);
export const CALL_OPTIONS = new OptionNames<ApplyAsyncOptions>(CALL_KINDS);
/** Those of `retry()`. */
export const RETRY_OPTIONS = new OptionNames<RetryOptions>(RETRY_KINDS);
export const TASK_OPTIONS = new OptionNames<TaskOptions>(TASK_KINDS, INSTEAD);
