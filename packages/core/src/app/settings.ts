import type { CeleryOptions, RetryPolicy } from './config.js';
import {
  adapter,
  flag,
  names,
  oneOf,
  orNull,
  rateLimit,
  seconds,
  structure,
  text,
  timeZone,
  whole,
} from './setting-kinds.js';
import type { SettingKind } from './setting-kinds.js';

export interface Setting {
  readonly kind: SettingKind;
  readonly default: unknown;
  /** Names that Celery 3 used; the upper-case and the lower-case name of today are derived. */
  readonly oldNames: readonly string[];
}

const setting = (kind: SettingKind, byDefault: unknown, ...oldNames: string[]): Setting => ({
  kind,
  default: byDefault,
  oldNames,
});

export const DEFAULT_RETRY_POLICY: Required<RetryPolicy> = {
  maxRetries: 3,
  intervalStart: 0,
  intervalStep: 0.2,
  intervalMax: 1,
};

const queueType = oneOf('classic', 'quorum');
const serializer = text;
const priority = orNull(whole(0, 255));
const limit = orNull(seconds);

/** Every setting: the values it takes, its default, the names it had. The meaning stands at `CeleryOptions`. */
export const SETTINGS: Readonly<Record<keyof CeleryOptions, Setting>> = {
  broker: setting(adapter, 'amqp://guest:guest@localhost:5672//', 'broker_url', 'BROKER_URL', 'CELERY_BROKER_URL'),
  resultBackend: setting(adapter, undefined),
  timezone: setting(timeZone, 'UTC'),
  enableUtc: setting(flag, true),
  brokerConnectionTimeout: setting(seconds, 4),
  brokerHeartbeat: setting(seconds, 10),
  brokerConnectionMaxRetries: setting(orNull(whole(0)), 100),
  brokerConnectionRetry: setting(flag, true, 'CELERY_BROKER_CONNECTION_RETRY'),
  brokerConnectionRetryOnStartup: setting(orNull(flag), null),
  brokerFailoverStrategy: setting(oneOf('round-robin', 'shuffle'), 'round-robin'),
  taskDefaultQueue: setting(text, 'celery', 'CELERY_DEFAULT_QUEUE'),
  taskDefaultExchange: setting(text, undefined, 'CELERY_DEFAULT_EXCHANGE'),
  taskDefaultExchangeType: setting(text, 'direct', 'CELERY_DEFAULT_EXCHANGE_TYPE'),
  taskDefaultRoutingKey: setting(text, undefined, 'CELERY_DEFAULT_ROUTING_KEY'),
  taskDefaultQueueType: setting(queueType, 'classic'),
  taskDefaultDeliveryMode: setting(oneOf('persistent', 'transient', 1, 2), 2, 'CELERY_DEFAULT_DELIVERY_MODE'),
  taskDefaultPriority: setting(priority, null),
  taskQueues: setting(structure('a list of queue names or queues', Array.isArray), undefined, 'CELERY_QUEUES'),
  taskCreateMissingQueues: setting(flag, true, 'CELERY_CREATE_MISSING_QUEUES'),
  taskCreateMissingQueueType: setting(queueType, 'classic'),
  taskCreateMissingQueueExchangeType: setting(orNull(text), null),
  taskQueueMaxPriority: setting(priority, null, 'CELERY_QUEUE_MAX_PRIORITY'),
  taskRoutes: setting(structure('a map, a function or a list of routes'), undefined, 'CELERY_ROUTES'),
  taskSerializer: setting(serializer, 'json'),
  resultSerializer: setting(serializer, 'json'),
  acceptContent: setting(names, ['json'], 'CELERY_ACCEPT_CONTENT'),
  resultAcceptContent: setting(orNull(names), null),
  taskPublishRetry: setting(flag, true),
  taskPublishRetryPolicy: setting(structure('an object such as { maxRetries: 3 }'), DEFAULT_RETRY_POLICY),
  publishTimeout: setting(seconds, 10),
  publishConfirm: setting(flag, true),
  publishMandatory: setting(flag, true),
  taskIgnoreResult: setting(flag, false, 'CELERY_IGNORE_RESULT'),
  taskStoreErrorsEvenIfIgnored: setting(flag, false, 'CELERY_STORE_ERRORS_EVEN_IF_IGNORED'),
  taskTrackStarted: setting(flag, false, 'CELERY_TRACK_STARTED'),
  taskAcksLate: setting(flag, false, 'CELERY_ACKS_LATE'),
  taskAcksOnFailureOrTimeout: setting(flag, true),
  taskRejectOnWorkerLost: setting(flag, false),
  taskTimeLimit: setting(limit, null, 'CELERYD_TASK_TIME_LIMIT'),
  taskSoftTimeLimit: setting(limit, null, 'CELERYD_TASK_SOFT_TIME_LIMIT'),
  taskDefaultRateLimit: setting(orNull(rateLimit), null, 'CELERY_DEFAULT_RATE_LIMIT'),
  taskAnnotations: setting(
    structure('a map of options by task name, a function, or a list of these'),
    undefined,
    'CELERY_ANNOTATIONS',
  ),
  taskInheritParentPriority: setting(flag, false),
  taskAlwaysEager: setting(flag, false, 'CELERY_ALWAYS_EAGER'),
  taskEagerPropagates: setting(flag, false, 'CELERY_EAGER_PROPAGATES_EXCEPTIONS'),
  taskStoreEagerResult: setting(flag, false),
  resultExtended: setting(flag, false),
  resultExtendedMaxBytes: setting(whole(0), 65_536),
  resultExpires: setting(orNull(seconds), 86_400, 'CELERY_TASK_RESULT_EXPIRES'),
  protectSuccess: setting(flag, true),
  workerConcurrency: setting(orNull(whole(1)), null, 'CELERYD_CONCURRENCY'),
  workerPrefetchMultiplier: setting(orNull(whole(0)), null, 'CELERYD_PREFETCH_MULTIPLIER'),
  workerPool: setting(text, 'async', 'CELERYD_POOL'),
  workerMaxTasksPerChild: setting(orNull(whole(1)), null, 'CELERYD_MAX_TASKS_PER_CHILD'),
  workerMaxMemoryPerChild: setting(orNull(whole(1)), null, 'CELERYD_MAX_MEMORY_PER_CHILD'),
  workerSpareChildren: setting(whole(0), 1),
  workerProcAliveTimeout: setting(seconds, 60),
  workerLostLimit: setting(orNull(whole(1)), 3),
  workerLoopLagWarning: setting(whole(0), 1000),
  workerEtaTaskLimit: setting(orNull(whole(0)), null),
  workerEtaHoldLimit: setting(seconds, 600),
  workerDisableRateLimits: setting(flag, false, 'CELERY_DISABLE_RATE_LIMITS'),
  workerDirect: setting(flag, false, 'CELERY_WORKER_DIRECT'),
  workerDetectQuorumQueues: setting(flag, true),
  brokerNativeDelayedDeliveryQueueType: setting(queueType, 'quorum'),
  workerEnableRemoteControl: setting(flag, true, 'CELERY_ENABLE_REMOTE_CONTROL'),
  controlExchange: setting(text, 'celery'),
  controlQueueTtl: setting(seconds, 300),
  controlQueueExpires: setting(seconds, 10),
  workerStateDb: setting(orNull(text), null, 'CELERYD_STATE_DB'),
  workerDeduplicateSuccessfulTasks: setting(flag, false),
  workerCancelLongRunningTasksOnConnectionLoss: setting(flag, false),
  workerSoftShutdownTimeout: setting(seconds, 0),
  workerEnableSoftShutdownOnIdle: setting(flag, false),
  workerShutdownTimeout: setting(seconds, 30),
  beatSchedule: setting(structure('an object of schedules by name'), {}, 'CELERYBEAT_SCHEDULE'),
  beatMaxLoopInterval: setting(seconds, 0, 'CELERYBEAT_MAX_LOOP_INTERVAL'),
  beatScheduler: setting(adapter, undefined, 'CELERYBEAT_SCHEDULER'),
  beatScheduleFilename: setting(text, 'celerybeat-schedule.json', 'CELERYBEAT_SCHEDULE_FILENAME'),
  beatSyncEvery: setting(whole(0), 0, 'CELERYBEAT_SYNC_EVERY'),
  beatCronStartingDeadline: setting(orNull(seconds), null),
  beatRunsExpire: setting(seconds, 86_400),
  messageMaxBytes: setting(whole(1), 16 * 1024 * 1024),
  messageMaxDepth: setting(whole(1, 1000), 512),
};

export type SettingName = keyof CeleryOptions;
