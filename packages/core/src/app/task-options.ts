import type { Headers } from '../contracts/broker.js';
import type { SignatureJson } from '../protocol/signature-json.js';
import type { RetryPolicy } from './config.js';
import type { TaskHooks } from './task-hooks.js';

/** A class of errors, for `instanceof`. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

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
  /** Tasks to call with the result, in the form they have on the wire. */
  link?: SignatureJson | readonly SignatureJson[];
  /** Tasks to call when this one fails. */
  linkError?: SignatureJson | readonly SignatureJson[];
  /** The task that sends this one records it as its child. @default true */
  addToParent?: boolean;
  /** The name that `taskRoutes` see instead of the task's. */
  routeName?: string;
  /** @default `publishMandatory` */
  mandatory?: boolean;
  /** Seconds until the call rejects when the broker does not answer. Celery: `confirm_timeout`. @default `publishTimeout` */
  confirmTimeout?: number;
}

/** Options of `apply()`. Those that are about messages and time mean nothing to a task that runs at once. */
export interface ApplyOptions extends ApplyAsyncOptions {
  /** The error of the task is thrown by the call. @default `taskEagerPropagates` */
  throw?: boolean;
}

/** Options of `retry()`; the others of a call replace those of the message. */
export interface RetryOptions extends Omit<
  ApplyAsyncOptions,
  'taskId' | 'ignoreResult' | 'rootId' | 'parentId' | 'groupId' | 'groupIndex' | 'periodicTaskName'
> {
  /** Arguments for the next run. @default those of this one */
  args?: readonly unknown[];
  /** Why; thrown when no retry is left. @default MaxRetriesExceededError */
  exc?: unknown;
  /** For this retry only; null or not given: the task's. */
  maxRetries?: number | null;
}

/** A validator of the Standard Schema specification (https://standardschema.dev), version 1: zod, valibot, arktype, … */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** For the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    validate(value: unknown): StandardResult<Output> | Promise<StandardResult<Output>>;
  };
}

type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

/** What a schema has against a value, and where in it: keys, or objects with a `key`. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** Options of a task, for every call and every run. Celery's task attributes in camelCase. */
export interface TaskOptions extends TaskHooks {
  /** @default `Class.method` */
  name?: string;
  /** Names of the positional parameters, so that keyword arguments can be bound. */
  params?: readonly string[];
  /** Where parameters have names: a call whose arguments do not fit them is refused at the caller, with a TypeError. @default true */
  typing?: boolean;
  queue?: string;
  exchange?: string;
  routingKey?: string;
  priority?: number;
  deliveryMode?: 'persistent' | 'transient' | 1 | 2;
  serializer?: string;
  expires?: number | Date;
  /** Seconds, 0 = no limit; those of the call win. @default `taskTimeLimit` */
  timeLimit?: number;
  /** Not above `timeLimit`. @default `taskSoftTimeLimit` */
  softTimeLimit?: number;
  /** Runs of this task that one worker starts: `'10/s'`, `'10/m'`, `'10/h'`, or a number per second; 0 and null: no limit. @default `taskDefaultRateLimit` */
  rateLimit?: string | number | null;
  /** Retries after the first run; null = for ever. @default 3 */
  maxRetries?: number | null;
  /** Seconds. @default 180 */
  defaultRetryDelay?: number;
  /** Errors that have the task retried. */
  autoretryFor?: readonly ErrorClass[];
  /** Errors among those that do not. */
  dontAutoretryFor?: readonly ErrorClass[];
  /** Options of the automatic retry. */
  retryKwargs?: RetryOptions;
  /** Seconds of the first automatic retry, doubled with each; true = 1. Whole seconds, as in Celery. @default false: `defaultRetryDelay` */
  retryBackoff?: boolean | number;
  /** Seconds. @default 600 */
  retryBackoffMax?: number;
  /** A random part of the backoff instead of all of it. @default true */
  retryJitter?: boolean;
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
  /** With late acks: when the process of the task is lost, the message goes back to its queue, `workerLostLimit` times. @default `taskRejectOnWorkerLost` */
  rejectOnWorkerLost?: boolean;
  /** @default `taskStoreEagerResult` */
  storeEagerResult?: boolean;
  /** Tasks that it sends are recorded as its children. @default true */
  trail?: boolean;
  /** Characters of the result in the log. @default 1024 */
  resultreprMaxsize?: number;
  /** The name for logs and monitors, by call. Celery's `shadow_name`. */
  shadowName?(
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    options: ApplyAsyncOptions,
  ): string | undefined;
  /** Checks the list of positional arguments, at the caller and in the worker; what it returns there is what the method gets. */
  schema?: StandardSchema;
  /** What is kept of the arguments for `rerun` and for people to read; undefined: nothing. @default the arguments */
  redact?(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): RedactedCall | undefined;
  /** Errors that are part of the business: FAILURE, but logged as information without a stack. */
  throws?: readonly ErrorClass[];
}

/** What a task's `redact` leaves of a call. */
export interface RedactedCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}
