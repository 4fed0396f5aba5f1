import type { EncodedContent } from '../protocol/content.js';
import type { ExceptionInfo } from '../protocol/exception-info.js';
import type { ResultTuple } from '../protocol/result-meta.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { ReceivedMessage } from './broker.js';

/** What a pool runs. A pool of processes sends `received` and `delivery` over, and decodes there. */
export interface PoolJob {
  readonly message: TaskMessage;
  /** The message as it came. */
  readonly received: ReceivedMessage;
  readonly delivery: DeliveryInfo;
  readonly limits: TimeLimits;
}

/** Celery's `request.delivery_info`. */
export interface DeliveryInfo {
  exchange: string;
  routingKey: string;
  priority: number | null;
  redelivered: boolean;
}

/** Seconds from the start of the handler; null = no limit. */
export interface TimeLimits {
  /** The task's signal aborts with `SoftTimeLimitExceeded`. */
  readonly soft: number | null;
  /** The task is ended: killed with its process or thread, abandoned on the event loop. */
  readonly hard: number | null;
}

/** How a task asked to be run again. Plain data. */
export interface RetryPlan {
  /** Seconds from now; 0 = at once. Not given where `eta` is. */
  readonly countdown?: number;
  /** ISO 8601. */
  readonly eta?: string;
  /** What replaces the arguments of the message. */
  readonly args?: unknown[];
  readonly kwargs?: Record<string, unknown>;
  /** Options that replace those of the message: `queue`, `priority`, … */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A task ends as one of these, and `settle` knows each. Plain data: an outcome crosses process borders. */
export type Outcome =
  | { kind: 'success'; result: EncodedContent; children: ResultTuple[] }
  | { kind: 'failure'; exc: ExceptionInfo; traceback: string; expected: boolean }
  | { kind: 'retry'; plan: RetryPlan; exc: ExceptionInfo | null; traceback: string; reason: string }
  | { kind: 'ignore' }
  | { kind: 'reject'; requeue: boolean; reason: string }
  /** The hard time limit. */
  | { kind: 'timeout'; limit: number }
  /** The process or thread that ran it is gone. */
  | { kind: 'lost'; reason: string }
  /** `revoke(terminate=True)`. */
  | { kind: 'terminated'; signal: string }
  /** Cold shutdown, or a lost connection. */
  | { kind: 'cancelled'; reason: string };

/** Why a job is ended from outside. */
export type Cancellation =
  { readonly kind: 'terminated'; readonly signal: string } | { readonly kind: 'cancelled'; readonly reason: string };

/** A job in a slot. */
export interface TaskRun {
  /** Ends the job as this pool can; its outcome says so. Does nothing once it has an outcome. */
  cancel(why: Cancellation): void;
  /**
   * Calls the task's hooks and signals for what has become of it, where it ran (Celery: `on_success` … `after_return`, `task_postrun`).
   * Undefined where nobody listens. Never rejects.
   */
  readonly conclude: ((outcome: Outcome) => Promise<void>) | undefined;
}

/** What the worker does around a job. */
export interface JobHooks {
  /** Runs before the handler does, with the process that runs it. False: the message is no longer ours, do not run it. Never rejects. */
  onAccepted(pid: number, run: TaskRun): boolean | Promise<boolean>;
  /**
   * Asked before another child runs what its first one, lost too early, did not begin. False: the message is no longer ours, do not run
   * it; neither is it settled then. Never rejects. @default it is
   */
  isStillWanted?(run: TaskRun): boolean | Promise<boolean>;
  /** Stores, publishes, concludes and acknowledges. Never rejects; the slot is free again when it is done. */
  settle(outcome: Outcome, run: TaskRun): Promise<void>;
}

/** Runs jobs, so many at a time. */
export interface Pool {
  /** As it stands in the banner: `async`, `solo`, `process`, `threads`. */
  readonly name: string;
  readonly size: number;
  /** Jobs that have a slot. */
  readonly active: number;
  /** Handlers run in other processes or threads: what they store may overtake what the worker stores. */
  readonly isRemote?: boolean;
  /** Resolves when jobs can run. */
  start(): Promise<void>;
  /** Runs the job when a slot is free, in order of arrival. */
  run(job: PoolJob, hooks: JobHooks): void;
  /** From now on so many slots; what runs beyond that ends first. At least 1. */
  resize(size: number): void;
  /** Forgets every job that has not started. */
  clear(): void;
  /** `clear()`, then waits for what runs, until the deadline. Returns how many jobs still run. May be called twice. */
  stop(deadline: Date): Promise<number>;
  /** Ends at once what still runs, and with it every process or thread of the pool. May be called twice. */
  close(): Promise<void>;
}

/** Runs one job in this process. Pools of processes and threads have one in each child. */
export interface TaskRunner {
  /** Everything up to the handler: nothing of the task's own code runs yet. */
  prepare(job: PoolJob): LocalTaskRun;
}

export interface LocalTaskRun extends TaskRun {
  /** Task name and id, for the log: `reports.send[4f2…]`. */
  readonly label: string;
  /** Calls the handler once; never rejects. Resolves when the handler has ended, or was given up (`timeout`, `terminated`, `cancelled`). */
  start(): Promise<Outcome>;
  /** Resolves when the handler itself has come to an end: later than `start()` where it was given up. */
  readonly ended: Promise<void>;
}
