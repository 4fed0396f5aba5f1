/** The part of `CeleryOptions` that only workers read. */
export interface WorkerSettings {
  /** Handlers that run at a time. Celery: the number of cores. @default 100 in the async pool, the number of cores in the others */
  workerConcurrency?: number | null;
  /** Messages fetched ahead for each slot; 0 = no limit, 1 = no more than can start. @default max(2 × concurrency, 100) in all */
  workerPrefetchMultiplier?: number | null;
  /** `async` runs handlers as promises on one event loop, `solo` one at a time, `process` in children, `threads` in worker threads. @default 'async' */
  workerPool?: string;
  /** Runs after which a child is replaced; null = never. @default null */
  workerMaxTasksPerChild?: number | null;
  /** KiB of memory beyond which a child is replaced when its task has ended; null = never. @default null */
  workerMaxMemoryPerChild?: number | null;
  /**
   * Ours. Children of the pools `process` and `threads` that stand by, booted, for those that are lost or replaced: a slot is back at
   * once, for the memory of one child more. 0: a slot is back when another child has booted. @default 1
   */
  workerSpareChildren?: number;
  /** Seconds that a child has to report that it is up. Celery: 4; ours boots the application. @default 60 */
  workerProcAliveTimeout?: number;
  /** Ours. Children or workers that a task may lose before it is FAILURE and its message goes to `<queue>.dlq`; null = no limit. @default 3 */
  workerLostLimit?: number | null;
  /** Ours. Milliseconds of a blocked event loop that are worth a warning; 0 = never. @default 1000 */
  workerLoopLagWarning?: number;
  /** Tasks that wait for their eta in the worker; those beyond wait at the broker. null = no limit. @default null */
  workerEtaTaskLimit?: number | null;
  /** Ours. Seconds: a task whose eta is farther away waits at the broker, as its consumer timeout would end the connection; 0 = no limit. @default 600 */
  workerEtaHoldLimit?: number;
  /** @default false */
  workerDisableRateLimits?: boolean;
  /** Each worker consumes a queue of its own, `<node name>.dq2`. @default false */
  workerDirect?: boolean;
  /** Quorum queues refuse a prefetch for the whole channel: use one for each consumer where there are any. @default true */
  workerDetectQuorumQueues?: boolean;
  /** Type of the queues of native delayed delivery. @default 'quorum' */
  brokerNativeDelayedDeliveryQueueType?: 'classic' | 'quorum';
  /** Obeys remote control. @default true */
  workerEnableRemoteControl?: boolean;
  /** Prefix of the exchange for remote control: `<…>.pidbox`. @default 'celery' */
  controlExchange?: string;
  /** Seconds that a remote command waits in a worker's mailbox. @default 300 */
  controlQueueTtl?: number;
  /** Seconds until the mailbox of a worker that is gone is deleted. @default 10 */
  controlQueueExpires?: number;
  /** File that revoked ids are kept in over restarts; with a database they are in a table as well. @default none */
  workerStateDb?: string | null;
  /** With late acks: a redelivered task whose result is SUCCESS is not run again. @default false */
  workerDeduplicateSuccessfulTasks?: boolean;
  /** When the connection is lost, late-ack tasks that run are ended, as the broker gives them to another worker. @default false */
  workerCancelLongRunningTasksOnConnectionLoss?: boolean;
  /** Seconds that running tasks get at the start of a cold shutdown. @default 0 */
  workerSoftShutdownTimeout?: number;
  /** Wait that long even where nothing runs. @default false */
  workerEnableSoftShutdownOnIdle?: boolean;
  /** Seconds that running tasks get at a warm shutdown; then they are cancelled, and late-ack ones go back to the queue. Ours. @default 30 */
  workerShutdownTimeout?: number;
}
