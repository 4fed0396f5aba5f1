import { ImproperlyConfigured } from '../errors/config-errors.js';
import { checkCall } from './check-call.js';
import type { ApplyAsyncOptions } from './task-options.js';

const check = (options: object) => checkCall('mail.send', [], options as ApplyAsyncOptions);

describe('the options of a call', () => {
  it('are handed on as they are where they are in order', () => {
    const options = {
      countdown: -1,
      eta: '2026-11-20T10:00',
      expires: -5,
      priority: 255,
      queue: undefined,
      shadow: '',
    };
    expect(check(options)).toBe(options);
  });

  it('are taken in Celery’s names, too', () => {
    expect(check({ task_id: 'x', soft_time_limit: 1, timeLimit: 2 })).toEqual({
      taskId: 'x',
      softTimeLimit: 1,
      timeLimit: 2,
    });
  });

  it.each([
    [{ countdwon: 5 }, "unknown option 'countdwon': did you mean 'countdown'?"],
    [{ taskId: 5 }, "'taskId' expects a text of 1 to 255 bytes, not 5"],
    [{ taskId: '' }, `'taskId' expects a text of 1 to 255 bytes, not ""`],
    [{ taskId: 'ü'.repeat(128) }, `'taskId' expects a text of 1 to 255 bytes, not "${'ü'.repeat(64)}"`],
    [{ countdown: Number.NaN }, "'countdown' expects a number of seconds, not NaN"],
    [{ countdown: '5' }, `'countdown' expects a number of seconds, not "5"`],
    [{ eta: 'tomorrow' }, `'eta' expects a valid Date, or a text in ISO 8601, not "tomorrow"`],
    [{ eta: new Date(Number.NaN) }, "'eta' expects a valid Date, or a text in ISO 8601, not an object"],
    [{ eta: 5 }, "'eta' expects a valid Date, or a text in ISO 8601, not 5"],
    [
      { expires: 'soon' },
      `'expires' expects a number of seconds from now, a valid Date, or a text in ISO 8601, not "soon"`,
    ],
    [{ priority: -1 }, "'priority' expects a whole number from 0 to 255, not -1"],
    [{ priority: '9' }, `'priority' expects a whole number from 0 to 255, not "9"`],
    [{ queue: { name: 'q' } }, "'queue' expects a text of 1 to 255 bytes, not an object"],
    [{ kwargs: [1] }, "'kwargs' expects an object such as { name: value }, not a list"],
    [{ kwargs: new Map() }, "'kwargs' expects an object such as { name: value }, not an object"],
    [{ headers: 'x' }, `'headers' expects an object such as { name: value }, not "x"`],
    [{ link: [{}] }, "'link' expects a signature, or a list of them: { task, args, kwargs, options, … }, not a list"],
    [{ ignoreResult: 1 }, "'ignoreResult' expects true or false, not 1"],
    [{ constructor: 1 }, "unknown option 'constructor'"],
    [
      { softTimeLimit: 2, timeLimit: 1 },
      'softTimeLimit (2 s) is above timeLimit (1 s), so it would never be reached: make it smaller, or leave out one of them',
    ],
  ])('%j are refused, in words that name the task and the option', (options, problem) => {
    expect(() => check(options)).toThrow(new ImproperlyConfigured(`The call of task 'mail.send': ${problem}.`));
  });

  it('come with a name and a list of arguments', () => {
    expect(() => checkCall(undefined as never, [], {})).toThrow('A task is sent by its name');
    expect(() => checkCall('', [], {})).toThrow('A task is sent by its name');
    expect(() => checkCall('mail.send', 'text' as never, {})).toThrow(TypeError);
  });
});
