import { CeleryError } from './celery-error.js';

/** A task cannot be sent anew: nobody knows it, it is not finished, or its arguments were not kept. The message says which, and what to do. */
export class RerunRefused extends CeleryError {
  readonly code = 'RERUN_REFUSED';
  constructor(
    readonly taskId: string,
    readonly reason: 'unknown' | 'unfinished' | 'no-name' | 'no-arguments' | 'redacted' | 'unreadable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(`Task ${taskId} cannot be run again: ${message}`, options);
  }
}
