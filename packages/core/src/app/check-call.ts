import { ImproperlyConfigured } from '../errors/config-errors.js';
import { InvalidArguments } from '../errors/task-errors.js';
import { checkLimits } from './check-task-options.js';
import { CALL_OPTIONS } from './option-names.js';
import type { ApplyAsyncOptions } from './task-options.js';

/**
 * The options of a call as we name them (Celery's snake_case is taken, too). Looks only at what is given: it is on the path of every call.
 * @throws ImproperlyConfigured for a task without a name, an unknown option, a value of the wrong kind, or a soft time limit above the hard one;
 * InvalidArguments, a TypeError as in Celery, for arguments that are no list.
 */
export function checkCall(name: string, args: readonly unknown[], options: ApplyAsyncOptions): ApplyAsyncOptions {
  if (typeof name !== 'string' || name === '') {
    throw new ImproperlyConfigured(`A task is sent by its name, a text that is not empty; this is ${typeof name}.`);
  }
  if (!Array.isArray(args)) {
    throw new InvalidArguments(`${name}(): the arguments are a list, not ${typeof args}: applyAsync([1, 2], { … }).`);
  }
  const known = CALL_OPTIONS.fits(options) ? options : CALL_OPTIONS.read(options, `The call of task '${name}'`);
  if (known.softTimeLimit && known.timeLimit) checkLimits(known, `The call of task '${name}'`);
  return known;
}
