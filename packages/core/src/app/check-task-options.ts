import { ImproperlyConfigured } from '../errors/config-errors.js';
import { RETRY_OPTIONS, TASK_OPTIONS } from './option-names.js';
import type { TaskOptions } from './task-options.js';

/**
 * The options of a task as we name them (Celery's snake_case is taken, too). Checked where they are declared: a process with a task
 * that cannot be meant does not start.
 * @param where which task, for the message: `The task ReportTasks.send`
 * @throws ImproperlyConfigured for an unknown option (with the nearest known one), a value of the wrong kind, or a soft time limit above the hard one.
 */
export function checkTaskOptions(written: TaskOptions, where: string): TaskOptions {
  const options = TASK_OPTIONS.read(written, where);
  checkLimits(options, where);
  if (!options.retryKwargs) return options;
  return { ...options, retryKwargs: RETRY_OPTIONS.read(options.retryKwargs, `${where}: retryKwargs`) };
}

/**
 * A soft limit that comes after the hard one would never be seen. 0 and null are no limit.
 * @throws ImproperlyConfigured; Celery raises a ValueError with each call
 */
export function checkLimits(
  { softTimeLimit: soft, timeLimit: hard }: { softTimeLimit?: number | null; timeLimit?: number | null },
  where: string,
): void {
  if (!soft || !hard || soft <= hard) return;
  throw new ImproperlyConfigured(
    `${where}: softTimeLimit (${soft} s) is above timeLimit (${hard} s), so it would never be reached: make it smaller, or leave out one of them.`,
  );
}
