import type { ExceptionInfo } from '../protocol/exception-info.js';
import type { EncodedContent } from '../protocol/content.js';
import type { ResultTuple } from '../protocol/result-meta.js';
import type { TaskMessage } from '../protocol/task-message.js';

/** What a pool runs: plain data, so that it can cross a process border. */
export interface PoolJob {
  readonly message: TaskMessage;
  readonly delivery: DeliveryInfo;
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

/** What the worker does around a job. */
export interface JobHooks {
  /** Runs before the handler does, with the process that runs it. False: the message is no longer ours, do not run it. Never rejects. */
  onAccepted(pid: number): boolean | Promise<boolean>;
  /** Stores, publishes and acknowledges. Never rejects; the slot is free again when it is done. */
  settle(outcome: Outcome): Promise<void>;
}

/** Runs jobs, so many at a time. */
export interface Pool {
  /** As it stands in the banner: `async`, `solo`. */
  readonly name: string;
  readonly size: number;
  readonly active: number;
  start(): Promise<void>;
  /** Runs the job when a slot is free, in order of arrival. */
  run(job: PoolJob, hooks: JobHooks): void;
  /** Forgets every job that has not started. */
  clear(): void;
  /** `clear()`, then waits for what runs, until the deadline. Returns how many jobs still run. May be called twice. */
  stop(deadline: Date): Promise<number>;
}
