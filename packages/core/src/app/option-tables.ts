import type { QueueOptions, RetryPolicy, RouteOptions } from './config.js';
import {
  anySeconds,
  anything,
  anyText,
  backoff,
  callable,
  errorClasses,
  everyExpiry,
  expiry,
  list,
  record,
  shortText,
  signatures,
  standardSchema,
  time,
} from './option-kinds.js';
import type { OptionKind } from './option-kinds.js';
import { flag, names, oneOf, orNull, rateLimit, seconds, text, whole } from './setting-kinds.js';
import type { ApplyAsyncOptions, RetryOptions, TaskOptions } from './task-options.js';

/** Every option of something, and the values it takes. The meaning stands at the interface. */
type Table<T> = Readonly<Record<keyof T & string, OptionKind>>;

/** AMQP has one byte for it. */
const priority = whole(0, 255);
const deliveryMode = oneOf('persistent', 'transient', 1, 2);

export const QUEUE_KINDS: Table<QueueOptions> = {
  name: anything, // said by who reads it, with the position of the queue
  exchange: anyText,
  exchangeType: text,
  routingKey: anyText,
  durable: flag,
  autoDelete: flag,
  exclusive: flag,
  maxPriority: priority,
  expires: seconds,
  messageTtl: seconds,
  maxLength: whole(0),
  maxLengthBytes: whole(0),
  queueArguments: record,
  bindingArguments: record,
  broadcast: flag,
};

export const ROUTE_KINDS: Table<RouteOptions> = {
  queue: shortText,
  exchange: anyText,
  routingKey: anyText,
  priority,
  expires: expiry,
  serializer: text,
  deliveryMode,
  timeLimit: seconds,
  softTimeLimit: seconds,
};

export const RETRY_POLICY_KINDS: Table<RetryPolicy> = {
  maxRetries: orNull(whole(0)),
  intervalStart: seconds,
  intervalStep: seconds,
  intervalMax: seconds,
};

/** What a call and a retry have in common. */
const SENT: Table<Omit<ApplyAsyncOptions, keyof RouteOptions | keyof OwnOfCalls>> = {
  kwargs: record,
  countdown: anySeconds,
  eta: time,
  shadow: anyText,
  headers: record,
  argsrepr: anyText,
  kwargsrepr: anyText,
  replyTo: shortText,
  retry: flag,
  retryPolicy: record,
  link: signatures,
  linkError: signatures,
  addToParent: flag,
  routeName: text,
  mandatory: flag,
  confirmTimeout: seconds,
};

/** A retry has these from the message that it repeats. */
type OwnOfCalls = Pick<ApplyAsyncOptions, Exclude<keyof ApplyAsyncOptions, keyof RetryOptions>>;

export const CALL_KINDS: Table<ApplyAsyncOptions> = {
  ...ROUTE_KINDS,
  ...SENT,
  taskId: shortText,
  ignoreResult: flag,
  rootId: shortText,
  parentId: shortText,
  groupId: shortText,
  groupIndex: whole(0),
  periodicTaskName: text,
};

export const RETRY_KINDS: Table<RetryOptions> = {
  ...ROUTE_KINDS,
  ...SENT,
  args: list,
  exc: anything,
  maxRetries: orNull(whole(0)),
};

const HOOKS = {
  beforeStart: callable,
  onSuccess: callable,
  onFailure: callable,
  onRetry: callable,
  afterReturn: callable,
} as const;

export const TASK_KINDS: Table<TaskOptions> = {
  ...ROUTE_KINDS,
  ...HOOKS,
  name: text,
  params: names,
  typing: flag,
  expires: everyExpiry,
  rateLimit: orNull(rateLimit),
  maxRetries: orNull(whole(0)),
  defaultRetryDelay: seconds,
  autoretryFor: errorClasses,
  dontAutoretryFor: errorClasses,
  retryKwargs: record,
  retryBackoff: backoff,
  retryBackoffMax: seconds,
  retryJitter: flag,
  ignoreResult: flag,
  storeErrorsEvenIfIgnored: flag,
  trackStarted: flag,
  acksLate: flag,
  acksOnFailureOrTimeout: flag,
  rejectOnWorkerLost: flag,
  storeEagerResult: flag,
  trail: flag,
  resultreprMaxsize: whole(0),
  shadowName: callable,
  schema: standardSchema,
  redact: callable,
  throws: errorClasses,
};
