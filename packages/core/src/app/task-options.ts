import type { Headers } from '../contracts/broker.js';
import type { RetryPolicy } from './config.js';

/** Options of one call. Celery's `apply_async` in camelCase; times in seconds. */
export interface ApplyAsyncOptions {
  /** Arguments by name: for tasks in Python, and handlers that declare `params` or `@Kwarg`. */
  kwargs?: Record<string, unknown>;
  /** @default a new UUID */
  taskId?: string;
  /** Seconds from now; wins over `eta`. 0 or less: at once. */
  countdown?: number;
  /** Not before this time. A string is sent as it is. */
  eta?: Date | string;
  /** Not after: seconds from now, or a time. */
  expires?: number | Date | string;
  queue?: string;
  exchange?: string;
  routingKey?: string;
  /** 0 to 9 on RabbitMQ (`x-max-priority`), the higher first. @default `taskDefaultPriority` */
  priority?: number;
  deliveryMode?: 'persistent' | 'transient' | 1 | 2;
  /** @default `taskSerializer` */
  serializer?: string;
  /** Hard and soft limit in seconds, carried by the message for the worker that takes it. */
  timeLimit?: number;
  softTimeLimit?: number;
  ignoreResult?: boolean;
  /** Name for logs and monitors. */
  shadow?: string;
  /** Own message headers; they reach the task as `request.headers`. */
  headers?: Headers;
  /** What monitors show instead of the arguments, to hide secrets. */
  argsrepr?: string;
  kwargsrepr?: string;
  replyTo?: string;
  rootId?: string;
  parentId?: string;
  groupId?: string;
  groupIndex?: number;
  /** Name of the schedule that sends the task; beat sets it. */
  periodicTaskName?: string;
  /** @default `taskPublishRetry` */
  retry?: boolean;
  retryPolicy?: RetryPolicy;
}

/** Options of a task, for every call and every run. Celery's task attributes in camelCase. */
export interface TaskOptions {
  /** @default `Class.method` */
  name?: string;
  /** Names of the positional parameters, so that keyword arguments can be bound. */
  params?: readonly string[];
  queue?: string;
  exchange?: string;
  routingKey?: string;
  priority?: number;
  deliveryMode?: 'persistent' | 'transient' | 1 | 2;
  serializer?: string;
  expires?: number;
  /** @default `taskIgnoreResult` */
  ignoreResult?: boolean;
  /** @default `taskStoreErrorsEvenIfIgnored` */
  storeErrorsEvenIfIgnored?: boolean;
  /** @default `taskTrackStarted` */
  trackStarted?: boolean;
  /** @default `taskAcksLate` */
  acksLate?: boolean;
  /** @default `taskAcksOnFailureOrTimeout` */
  acksOnFailureOrTimeout?: boolean;
  /** Errors that are part of the business: FAILURE, but logged as information without a stack. */
  throws?: readonly (new (...args: never[]) => Error)[];
}
