import { ImproperlyConfigured } from '../errors/config-errors.js';
import { checkTaskOptions } from './check-task-options.js';
import type { TaskOptions } from './task-options.js';

const check = (options: object) => checkTaskOptions(options as TaskOptions, 'The task Mail.send');
const LIST_OF_CLASSES = 'a list of error classes (one that is undefined may come of a circular import)';

describe('the options of a task', () => {
  it('are taken in Celery’s names, too, and come out in ours', () => {
    const options = {
      acks_late: true,
      max_retries: null,
      autoretry_for: [TypeError],
      retry_kwargs: { max_retries: 5, countdown: 2 },
      timeLimit: 10,
      soft_time_limit: 5,
      expires: undefined,
    };
    expect(check(options)).toEqual({
      acksLate: true,
      maxRetries: null,
      autoretryFor: [TypeError],
      retryKwargs: { maxRetries: 5, countdown: 2 },
      timeLimit: 10,
      softTimeLimit: 5,
    });
  });

  it.each([
    [{ acksLat: true }, "unknown option 'acksLat': did you mean 'acksLate'?"],
    [{ max_retrys: 1 }, "unknown option 'max_retrys': did you mean 'max_retries'?"],
    [{ frobnicate: 1 }, "unknown option 'frobnicate'"],
    [{ bind: true }, "there is no option 'bind': a handler takes its task by @Ctx(), or from currentTask()"],
    [{ acksLate: true, acks_late: true }, "'acksLate' is given twice, once as 'acks_late'"],
    [{ acksLate: 'yes' }, `'acksLate' expects true or false, not "yes"`],
    [{ maxRetries: -1 }, "'maxRetries' expects a whole number, 0 or more, or null, not -1"],
    [{ maxRetries: 1.5 }, "'maxRetries' expects a whole number, 0 or more, or null, not 1.5"],
    [{ defaultRetryDelay: -1 }, "'defaultRetryDelay' expects a number of seconds, 0 or more, not -1"],
    [{ retryBackoff: '2' }, `'retryBackoff' expects true, false, or a number of seconds, 0 or more, not "2"`],
    [{ retryBackoffMax: Infinity }, "'retryBackoffMax' expects a number of seconds, 0 or more, not Infinity"],
    [
      { rateLimit: '10/day' },
      `'rateLimit' expects a rate such as '10/s', '10/m' or '10/h', or a number per second, or null, not "10/day"`,
    ],
    [{ timeLimit: Number.NaN }, "'timeLimit' expects a number of seconds, 0 or more, not NaN"],
    [{ expires: -5 }, "'expires' expects a number of seconds, 0 or more, or a valid Date, not -5"],
    [{ priority: 256 }, "'priority' expects a whole number from 0 to 255, not 256"],
    [{ deliveryMode: 3 }, `'deliveryMode' expects one of "persistent", "transient", 1, 2, not 3`],
    [{ autoretryFor: TypeError }, `'autoretryFor' expects ${LIST_OF_CLASSES}, not a function`],
    [{ autoretryFor: ['TypeError'] }, `'autoretryFor' expects ${LIST_OF_CLASSES}, not a list`],
    [{ throws: [undefined] }, `'throws' expects ${LIST_OF_CLASSES}, not a list`],
    [{ dontAutoretryFor: [() => {}] }, `'dontAutoretryFor' expects ${LIST_OF_CLASSES}, not a list`],
    [{ params: ['x', ''] }, "'params' expects a list of texts, not a list"],
    [{ onFailure: 'log' }, `'onFailure' expects a function, not "log"`],
    [
      { schema: { parse: () => [] } },
      "'schema' expects a schema of the Standard Schema specification, version 1: an object with '~standard' (zod, valibot, arktype, …), not an object",
    ],
    [{ retryKwargs: { countdwon: 5 } }, "retryKwargs: unknown option 'countdwon': did you mean 'countdown'?"],
    [{ retryKwargs: { countdown: '5' } }, `retryKwargs: 'countdown' expects a number of seconds, not "5"`],
    [
      { softTimeLimit: 60, timeLimit: 30 },
      'softTimeLimit (60 s) is above timeLimit (30 s), so it would never be reached: make it smaller, or leave out one of them',
    ],
  ])('%j are refused, in words that name the task and the option', (options, problem) => {
    expect(() => check(options)).toThrow(new ImproperlyConfigured(`The task Mail.send: ${problem}.`));
  });

  it.each([[null], ['text'], [5]])('are an object, not %j', (written) => {
    expect(() => check(written as never)).toThrow(/^The task Mail\.send: the options are .*: give an object\.$/);
  });

  it('take null for what is not given, and 0 for no limit', () => {
    const options = { timeLimit: 0, softTimeLimit: 5, priority: null, rateLimit: 0, onFailure: null, schema: null };
    expect(() => check(options)).not.toThrow();
  });
});
