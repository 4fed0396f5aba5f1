import type { Autoscale } from './autoscaler.js';
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
  /** `-S`: file that revoked ids are kept in; %h, %n, %d and %p stand for parts of the node name. @default `workerStateDb` */
  stateDb?: string;
  /** `--autoscale=max,min`: the pool's size follows the work, between the two. Wins over `concurrency`. @default none */
  autoscale?: Autoscale;
  /** `--max-tasks-per-child`. @default `workerMaxTasksPerChild` */
  maxTasksPerChild?: number;
  /** `--max-memory-per-child`, in KiB. @default `workerMaxMemoryPerChild` */
  maxMemoryPerChild?: number;
  /** `-l`. @default 'WARNING' */
  loglevel?: LogLevel;
}
