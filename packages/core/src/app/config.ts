import type { AdapterFactory } from './adapter.js';
import type { Broker, DeclareArguments, ExchangeType } from '../contracts/broker.js';
import type { ScheduleDatabase, SchedulePolicy } from '../contracts/periodic-tasks.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import type { WorkerSettings } from './worker-settings.js';
import type { ScheduleInput } from '../schedules/schedule.js';
import type { ApplyAsyncOptions, TaskOptions } from './task-options.js';

/** A queue of `taskQueues`, with kombu's names in camelCase. What is left out takes the `taskDefault…` settings. */
export interface QueueOptions {
  name: string;
  /** @default the queue's name; `taskDefaultExchange` for the default queue */
  exchange?: string;
  /** @default `taskDefaultExchangeType` */
  exchangeType?: ExchangeType;
  /** @default the queue's name; `taskDefaultRoutingKey` for the default queue */
  routingKey?: string;
  /** @default true */
  durable?: boolean;
  /** @default false */
  autoDelete?: boolean;
  /** Only this connection may use it; implies `autoDelete`. @default false */
  exclusive?: boolean;
  /** `x-max-priority`. @default `taskQueueMaxPriority` */
  maxPriority?: number;
  /** `x-expires`, in seconds. */
  expires?: number;
  /** `x-message-ttl`, in seconds. */
  messageTtl?: number;
  /** `x-max-length`. */
  maxLength?: number;
  /** `x-max-length-bytes`. */
  maxLengthBytes?: number;
  /** Further declaration arguments, as they go on the wire. */
  queueArguments?: DeclareArguments;
  /** What a headers exchange compares: `{ 'x-match': 'any', kind: 'report' }`. */
  bindingArguments?: DeclareArguments;
  /** Each worker gets what is sent to it: a fanout exchange of the name, and behind it a queue of each worker's own. Celery's `Broadcast`. @default false */
  broadcast?: boolean;
}

/** What a route may say: where to send the task, and options that the call did not give. */
export type RouteOptions = Pick<
  ApplyAsyncOptions,
  | 'queue'
  | 'exchange'
  | 'routingKey'
  | 'priority'
  | 'expires'
  | 'serializer'
  | 'deliveryMode'
  | 'timeLimit'
  | 'softTimeLimit'
>;

/** Options laid over those of tasks by name, `'*'` for every task: a map, a list of maps, or a function. */
export type TaskAnnotations = Readonly<Record<string, TaskOptions>> | TaskAnnotator;
export type TaskAnnotator = (name: string, options: TaskOptions) => TaskOptions | undefined;

/** A route by function: gets what is being sent, gives a route, a queue's name, or nothing to let the next router decide. */
export type RouteFunction = (
  name: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  options: ApplyAsyncOptions,
) => RouteOptions | string | null | undefined;

/** Exact name or glob (`reports.*`) → route or queue name. */
export type RouteMap = Record<string, RouteOptions | string>;
export type RoutePair = readonly [pattern: string | RegExp, route: RouteOptions | string];
/** Where tasks go by their names: a map, a function, or pairs of which the first that fits counts. Celery's `task_routes`. */
export type Router = RouteMap | RouteFunction | readonly RoutePair[];

/** When a publish fails because the connection is gone. kombu's retry policy; times in seconds. */
export interface RetryPolicy {
  /** Attempts after the first; null = for ever. @default 3 */
  maxRetries?: number | null;
  /** @default 0 */
  intervalStart?: number;
  /** @default 0.2 */
  intervalStep?: number;
  /** @default 1 */
  intervalMax?: number;
}

/** An entry of `beatSchedule`, with what beat does beyond sending each due time (`misfire`, `overlap`, `jitter`, …). */
export interface BeatScheduleEntry extends Partial<Omit<SchedulePolicy, 'owner' | 'dst'>> {
  task: string;
  /** Seconds, or a schedule (`crontab({ … })`). */
  schedule: ScheduleInput;
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  options?: ApplyAsyncOptions;
  /** With seconds: rounded to the unit of the interval, as `interval({ every, relative: true })`. @default false */
  relative?: boolean;
  /** Of an entry that is new; one that the database has stays as it is there. @default true */
  enabled?: boolean;
  /** Sent once, then disabled. @default false */
  oneOff?: boolean;
  /** Not sent before. */
  startTime?: Date;
  /** For people. @default '' */
  description?: string;
}

/**
 * What a user writes. Every field is Celery's setting of the same name in camelCase (source: Celery 5.6, `app/defaults.py`),
 * or is marked as ours. `compileConfig()` turns it into `CompiledConfig`; an unknown field is refused by name.
 */
export interface CeleryOptions extends WorkerSettings {
  /** Celery's `broker_url`: `amqp://…`, `memory://…`, several for failover, or an adapter (`amqp(url, options)`). @default 'amqp://guest:guest@localhost:5672//' */
  broker?: string | readonly string[] | AdapterFactory<Broker>;
  /** `postgres://…`, `django-db`, `memory://…`, or an adapter (`typeormResults()`). Without it results are not kept. @default undefined */
  resultBackend?: string | AdapterFactory<ResultBackend>;

  /** IANA name. @default 'UTC' */
  timezone?: string;
  /** Etas are written in UTC; off: in `timezone`. @default true */
  enableUtc?: boolean;

  /** Seconds to open a connection. @default 4 */
  brokerConnectionTimeout?: number;
  /** Seconds between AMQP heartbeats; a dead peer is noticed within three. Ours is shorter than Celery's 120. @default 10 */
  brokerHeartbeat?: number;
  /** Attempts of a worker to reach the broker again, 2 s, 4 s … 30 s apart; null = for ever. @default 100 */
  brokerConnectionMaxRetries?: number | null;
  /** A worker that lost its broker tries to reach it again. @default true */
  brokerConnectionRetry?: boolean;
  /** The same while it starts; null: as `brokerConnectionRetry`. False: a beat that finds no broker does not start, either. @default null */
  brokerConnectionRetryOnStartup?: boolean | null;
  /** Order in which several broker URLs are tried. @default 'round-robin' */
  brokerFailoverStrategy?: 'round-robin' | 'shuffle';

  /** @default 'celery' */
  taskDefaultQueue?: string;
  /** @default `taskDefaultQueue` */
  taskDefaultExchange?: string;
  /** @default 'direct' */
  taskDefaultExchangeType?: ExchangeType;
  /** @default `taskDefaultQueue` */
  taskDefaultRoutingKey?: string;
  /** @default 'classic' */
  taskDefaultQueueType?: 'classic' | 'quorum';
  /** @default 'persistent' */
  taskDefaultDeliveryMode?: 'persistent' | 'transient' | 1 | 2;
  /** @default null */
  taskDefaultPriority?: number | null;
  /** Queues by name or with their settings. @default only `taskDefaultQueue` */
  taskQueues?: readonly (string | QueueOptions)[];
  /** A queue that is not in `taskQueues` is made when it is first named. @default true */
  taskCreateMissingQueues?: boolean;
  /** @default 'classic' */
  taskCreateMissingQueueType?: 'classic' | 'quorum';
  /** Exchange type of queues that are made when first named; null: direct. @default null */
  taskCreateMissingQueueExchangeType?: ExchangeType | null;
  /** `x-max-priority` of every queue that has none of its own. @default null */
  taskQueueMaxPriority?: number | null;
  /** Where tasks go: a map, a function, a list of pairs, or a list of these; the first that answers decides. @default none */
  taskRoutes?: Router | readonly Router[];

  /** @default 'json' */
  taskSerializer?: string;
  /** @default 'json' */
  resultSerializer?: string;
  /** Serializer names or MIME types that we decode. @default ['json'] */
  acceptContent?: readonly string[];
  /** The same for results. @default `acceptContent` */
  resultAcceptContent?: readonly string[] | null;

  /** @default true */
  taskPublishRetry?: boolean;
  taskPublishRetryPolicy?: RetryPolicy;
  /** Ours. Seconds until `delay()` rejects when the broker does not answer, retries included. @default 10 */
  publishTimeout?: number;
  /** Ours. Wait for the broker's confirm. Celery: `broker_transport_options['confirm_publish']`, off. @default true */
  publishConfirm?: boolean;
  /** Ours. Reject a task that no queue takes; off, the broker drops it in silence as with Celery. @default true */
  publishMandatory?: boolean;

  /** @default false */
  taskIgnoreResult?: boolean;
  /** @default false */
  taskStoreErrorsEvenIfIgnored?: boolean;
  /** @default false */
  taskTrackStarted?: boolean;
  /** Acknowledge after the task instead of before it. @default false */
  taskAcksLate?: boolean;
  /** With late acks: acknowledge a task that failed. @default true */
  taskAcksOnFailureOrTimeout?: boolean;
  /** With late acks: a task whose process is lost goes back to its queue. @default false */
  taskRejectOnWorkerLost?: boolean;
  /** Seconds a task may run before it is ended; null = no limit. @default null */
  taskTimeLimit?: number | null;
  /** Seconds until a task's `signal` aborts; null = no limit. @default null */
  taskSoftTimeLimit?: number | null;
  /** Rate limit of every task that has none of its own. @default null */
  taskDefaultRateLimit?: string | number | null;
  /** Options of tasks by name, over what the code says: the task's name first, then `'*'` over it, as in Celery. @default none */
  taskAnnotations?: TaskAnnotations | readonly TaskAnnotations[];
  /** A task sent by a task takes its priority. @default false */
  taskInheritParentPriority?: boolean;
  /** `delay()` runs the task at once, in the process that calls it. @default false */
  taskAlwaysEager?: boolean;
  /** An eager task's error is thrown by the call. @default false */
  taskEagerPropagates?: boolean;
  /** Results of eager tasks are stored. @default false */
  taskStoreEagerResult?: boolean;

  /** Store name, args, kwargs, worker, queue with each result. @default false */
  resultExtended?: boolean;
  /** Ours. Largest arguments, in bytes of JSON, that `resultExtended` keeps for `rerun`. @default 65536 */
  resultExtendedMaxBytes?: number;
  /** Seconds that results are kept; null or 0 = for ever. @default 86400 */
  resultExpires?: number | null;
  /** Ours. A stored SUCCESS is never overwritten by a late state. Celery's SQL backends overwrite. @default true */
  protectSuccess?: boolean;

  /** Schedules by name. */
  beatSchedule?: Record<string, BeatScheduleEntry>;
  /** Longest sleep of beat in seconds; 0 = 300, with a database 5. @default 0 */
  beatMaxLoopInterval?: number;
  /**
   * Where beat keeps its schedules: 'database', 'file', 'memory' (forgotten at the end), Celery's and django-celery-beat's class paths
   * for these, or an adapter (`typeormSchedules()`). @default 'database' where the result backend has one, else 'file'
   */
  beatScheduler?: string | AdapterFactory<ScheduleDatabase>;
  /** The file of 'file'. Ours is JSON. @default 'celerybeat-schedule.json' */
  beatScheduleFilename?: string;
  /** The file is written after so many runs, and every three minutes; 0 = with every run. @default 0 */
  beatSyncEvery?: number;
  /** Seconds: a run of a crontab that is overdue for longer is left out; null = no limit. @default null */
  beatCronStartingDeadline?: number | null;
  /** Ours. Seconds that the history of runs is kept in the database. @default 86400 */
  beatRunsExpire?: number;

  /** Ours. Largest message body that is decoded, in bytes. @default 16777216 */
  messageMaxBytes?: number;
  /** Ours. Deepest nesting that is decoded. @default 512 */
  messageMaxDepth?: number;
}
