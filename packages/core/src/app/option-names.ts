import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { QueueOptions, RetryPolicy, RouteOptions } from './config.js';
import { KnownNames, toSnake } from './known-names.js';
import type { ApplyAsyncOptions } from './task-options.js';

/** Reads options by a table of their names: ours, and Celery's in snake_case. */
export class OptionNames<T extends object> {
  readonly #names: KnownNames<string>;

  constructor(table: Readonly<Record<keyof T & string, true>>) {
    this.#names = new KnownNames(
      new Map(
        Object.keys(table).flatMap((name) => [
          [name, name],
          [toSnake(name), name],
        ]),
      ),
    );
  }

  /**
   * The same options under our names.
   * @param where what the options belong to, for the message
   * @throws ImproperlyConfigured for an unknown name (with the nearest known one), or a name given twice.
   */
  read(written: object, where: string): T {
    const given = new Map<string, unknown>();
    for (const [key, value] of Object.entries(written)) {
      const name = this.#names.find(key);
      if (name === undefined) throw new ImproperlyConfigured(`${where}: ${this.#names.unknown(key)}.`);
      if (given.has(name)) throw new ImproperlyConfigured(`${where}: '${name}' is given twice, once as '${key}'.`);
      given.set(name, value);
    }
    return Object.fromEntries(given) as T;
  }
}

export const QUEUE_OPTIONS = new OptionNames<QueueOptions>({
  name: true,
  exchange: true,
  exchangeType: true,
  routingKey: true,
  durable: true,
  autoDelete: true,
  exclusive: true,
  maxPriority: true,
  expires: true,
  messageTtl: true,
  maxLength: true,
  maxLengthBytes: true,
  queueArguments: true,
});

const ROUTED = {
  queue: true,
  exchange: true,
  routingKey: true,
  priority: true,
  expires: true,
  serializer: true,
  deliveryMode: true,
  timeLimit: true,
  softTimeLimit: true,
} as const;

export const ROUTE_OPTIONS = new OptionNames<RouteOptions>(ROUTED);

export const RETRY_POLICY = new OptionNames<RetryPolicy>({
  maxRetries: true,
  intervalStart: true,
  intervalStep: true,
  intervalMax: true,
});

export const CALL_OPTIONS = new OptionNames<ApplyAsyncOptions>({
  ...ROUTED,
  kwargs: true,
  taskId: true,
  countdown: true,
  eta: true,
  ignoreResult: true,
  shadow: true,
  headers: true,
  argsrepr: true,
  kwargsrepr: true,
  replyTo: true,
  rootId: true,
  parentId: true,
  groupId: true,
  groupIndex: true,
  periodicTaskName: true,
  retry: true,
  retryPolicy: true,
  link: true,
  linkError: true,
  addToParent: true,
  routeName: true,
  mandatory: true,
  confirmTimeout: true,
});
