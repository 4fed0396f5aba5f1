import { AsyncLocalStorage } from 'node:async_hooks';
import type { HeaderValue, MessageProperties } from '../contracts/broker.js';
import type { Logger } from '../contracts/logger.js';
import type { DeliveryInfo, TimeLimits } from '../contracts/pool.js';
import type { ResultTuple } from '../protocol/result-meta.js';
import type { State } from '../protocol/states.js';
import type { RetryOptions } from './task-options.js';

/** The task that runs, as its handler sees it: Celery's `self` and `self.request` in one. */
export interface TaskContext {
  readonly id: string;
  /** The name in the registry. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** How often the task was retried before; 0 in the first run. */
  readonly retries: number;
  /** The first task of the workflow; its own id where it is the first. */
  readonly rootId: string;
  /** The task that sent this one. */
  readonly parentId: string | null;
  /** Celery's `request.group`. */
  readonly groupId: string | null;
  readonly groupIndex: number | null;
  /** ISO 8601, as in the message. */
  readonly eta: string | null;
  readonly expires: string | null;
  readonly shadow: string | null;
  /** Who sent it: `gen4711@host`. */
  readonly origin: string | null;
  /** The worker's node name; null where the task runs eagerly. */
  readonly hostname: string | null;
  readonly deliveryInfo: DeliveryInfo;
  /** The sender's own headers. */
  readonly headers: Readonly<Record<string, HeaderValue>>;
  /** The AMQP properties. */
  readonly properties: Readonly<MessageProperties>;
  readonly correlationId: string | null;
  readonly replyTo: string | null;
  readonly stampedHeaders: readonly string[];
  readonly stamps: Readonly<Record<string, HeaderValue>>;
  readonly timeLimits: TimeLimits;
  readonly ignoreResult: boolean;
  /** The task runs in the process that called it. */
  readonly isEager: boolean;
  /** Results of the tasks published so far; stored with the task's own result. */
  readonly children: ResultTuple[];
  /** Whether tasks that it publishes become its children: the task's option `trail`. */
  readonly trail: boolean;
  /** Aborts on the soft time limit (`reason` is `SoftTimeLimitExceeded`), on termination, and when the worker gives the task up. */
  readonly signal: AbortSignal;
  /** The worker's logger; each line begins with the task's name and id. */
  readonly logger: Logger;
  /**
   * Stores a state of your own, with what belongs to it as the result. Nothing where results are ignored. Celery's `update_state`.
   * @throws BackendUnavailable, BackendStoreError, EncodeError; ImproperlyConfigured for a state that the worker itself sets with an exception
   */
  updateState(state: State, meta?: unknown): Promise<void>;
  /** `updateState('PROGRESS', { current, total, ...more })`. */
  progress(current: number, total: number, more?: Record<string, unknown>): Promise<void>;
  /**
   * Ends this run and has the task run again: throws `Retry`, which the worker turns into a message with the same id. Celery's `retry`.
   * @throws Retry; `exc` or MaxRetriesExceededError when `maxRetries` is reached
   */
  retry(options?: RetryOptions): never;
}

const storage = new AsyncLocalStorage<TaskContext>();

/** Runs a handler so that `currentTask()` finds its task, across every await. */
export function runInTask<T>(context: TaskContext, run: () => T): T {
  return storage.run(context, run);
}

/** Runs something that belongs to no task, wherever it was set off. */
export function outsideTasks<T>(run: () => T): T {
  return storage.exit(run);
}

/** The task that is running here, or undefined outside one. Celery's `current_task`. */
export function currentTask(): TaskContext | undefined {
  return storage.getStore();
}
