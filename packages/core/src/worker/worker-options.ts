import type { LogLevel } from './worker-log.js';

/** Options of one worker process; Celery's command line in camelCase. They win over the settings. */
export interface WorkerOptions {
  /** `-n`: node name, with %h, %n and %d. @default 'celery@%h' */
  hostname?: string;
  /** `-Q`: queues to consume. @default those of `taskQueues` */
  queues?: readonly string[];
  /** `-X`: queues of `taskQueues` not to consume. */
  excludeQueues?: readonly string[];
  /** `-c`. @default `workerConcurrency` */
  concurrency?: number;
  /** @default `workerPrefetchMultiplier` */
  prefetchMultiplier?: number;
  /** `-P`: Celery's names or ours. @default `workerPool` */
  pool?: string;
  /** `-l`. @default 'WARNING' */
  loglevel?: LogLevel;
}
