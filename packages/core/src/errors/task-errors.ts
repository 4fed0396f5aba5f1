import type { RetryPlan } from '../contracts/pool.js';
import { CeleryError } from './celery-error.js';

/** Thrown by a task: acknowledge, store nothing. Celery's `Ignore`. */
export class Ignore extends CeleryError {
  readonly code = 'IGNORE';
  constructor(reason = 'ignored') {
    super(reason);
  }
}

/** Thrown by a task: refuse the message (meaningful with `acksLate`). Celery's `Reject`. */
export class Reject extends CeleryError {
  readonly code = 'REJECT';
  constructor(
    readonly reason: string,
    readonly requeue = false,
  ) {
    super(`reject requeue=${requeue}: ${reason}`);
  }
}

/** The task was revoked or has expired; the message says which. Celery's `TaskRevokedError`. */
export class TaskRevokedError extends CeleryError {
  readonly code = 'TASK_REVOKED';
}

/** A wait for a result took longer than it may; the task goes on. Celery's `TimeoutError`. */
export class TimeoutError extends CeleryError {
  readonly code = 'TIMEOUT';
}

/** The message names a task but cannot be run: kwargs that are no object, an eta that is no date. Celery's `InvalidTaskError`. */
export class InvalidTaskError extends CeleryError {
  readonly code = 'INVALID_TASK';
}

/** The arguments of a call are not what the task takes. Never retried. In Python it is a `TypeError`. */
export class InvalidArguments extends TypeError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TypeError';
  }
}

/** Thrown by `retry()`: the task is to run again. Celery's `Retry`. */
export class Retry extends CeleryError {
  readonly code = 'RETRY';
  constructor(
    readonly plan: RetryPlan,
    /** Why; what RETRY is stored with. */
    readonly exc: unknown,
    message: string,
  ) {
    super(message, { cause: exc });
  }
}

/** `retry()` was asked once more than `maxRetries` allows. Celery's exception of the same name. */
export class MaxRetriesExceededError extends CeleryError {
  readonly code = 'MAX_RETRIES_EXCEEDED';
}

/** The reason of a task's `signal` when its soft time limit has passed. billiard's exception of the same name. */
export class SoftTimeLimitExceeded extends CeleryError {
  readonly code = 'SOFT_TIME_LIMIT_EXCEEDED';
  /** @param limit seconds */
  constructor(readonly limit: number) {
    super(Number.isNaN(limit) ? 'the soft time limit has passed' : `the soft time limit of ${limit} s has passed`);
  }
}

/** What FAILURE is stored with when the hard time limit has passed. billiard's exception of the same name. */
export class TimeLimitExceeded extends CeleryError {
  readonly code = 'TIME_LIMIT_EXCEEDED';
  /** @param limit seconds */
  constructor(readonly limit: number) {
    super(Number.isNaN(limit) ? 'the time limit has passed' : `the time limit of ${limit} s has passed`);
  }
}

/** The process that ran the task is gone. billiard's exception of the same name. */
export class WorkerLostError extends CeleryError {
  readonly code = 'WORKER_LOST';
}
