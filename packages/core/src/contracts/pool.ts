import type { ExceptionInfo } from '../protocol/exception-info.js';
import type { EncodedContent } from '../protocol/content.js';
import type { ResultTuple } from '../protocol/result-meta.js';
import type { TaskMessage } from '../protocol/task-message.js';

/** What a pool runs: plain data, so that it can cross a process border. */
export interface PoolJob {
  readonly message: TaskMessage;
  readonly delivery: DeliveryInfo;
  /** Node name of the worker: `celery@host`. */
  readonly hostname: string;
}

/** Celery's `request.delivery_info`. */
export interface DeliveryInfo {
  exchange: string;
  routingKey: string;
  priority: number | null;
  redelivered: boolean;
}

/** A task ends as one of these, and `settle` knows each. */
export type Outcome =
  | { kind: 'success'; result: EncodedContent; value: unknown; children: ResultTuple[] }
  | { kind: 'failure'; exc: ExceptionInfo; traceback: string; expected: boolean }
  | { kind: 'ignore' }
  | { kind: 'reject'; requeue: boolean; reason: string };

export interface RunningJob {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

/** Runs jobs, so many at a time. */
export interface Pool {
  /** As it stands in the banner: `async`, … */
  readonly name: string;
  readonly size: number;
  readonly active: number;
  start(): Promise<void>;
  /** Starts the job when a slot is free, in order of arrival; `onAccepted` runs just before the handler does. */
  run(job: PoolJob, hooks: { onAccepted(pid: number): void }): RunningJob;
  /** Forgets what has not started and waits for what runs, until the deadline. Returns how many still run. */
  stop(options: { deadline: Date }): Promise<number>;
}
