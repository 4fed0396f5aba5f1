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
