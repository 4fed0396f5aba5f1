import type { TaskContext } from '../app/task-context.js';
import { MaxRetriesExceededError, Retry } from '../errors/task-errors.js';
import { autoretryOptions, planRetry } from './plan-retry.js';

const context = (retries = 0) =>
  ({ id: 'id-1', name: 'mail.send', args: ['a'], kwargs: {}, retries }) as unknown as TaskContext;
const boom = new RangeError('boom');

describe('planRetry', () => {
  it.each([
    ['180 s later by default', {}, {}, { countdown: 180, options: {} }, 'Retry in 180s'],
    ["after the task's delay", { defaultRetryDelay: 5 }, {}, { countdown: 5, options: {} }, 'Retry in 5s'],
    ['at once', {}, { countdown: 0 }, { countdown: 0, options: {} }, 'Retry in 0s'],
    [
      'at a time',
      {},
      { eta: new Date('2030-01-02T03:04:05Z') },
      { eta: '2030-01-02T03:04:05+00:00', options: {} },
      'Retry at 2030-01-02T03:04:05+00:00',
    ],
    [
      'with the error',
      {},
      { countdown: 1, exc: boom },
      { countdown: 1, options: {} },
      'Retry in 1s: RangeError("boom")',
    ],
    [
      'with other arguments and options',
      {},
      { countdown: 1, args: ['b'], kwargs: { c: 1 }, queue: 'slow' },
      { countdown: 1, args: ['b'], kwargs: { c: 1 }, options: { queue: 'slow' } },
      'Retry in 1s',
    ],
  ])('plans the next run %s', (_, task, options, plan, message) => {
    expect(planRetry(context(), task, options)).toMatchObject({ plan, message });
  });

  it('allows maxRetries retries after the first run, 3 by default', () => {
    expect(planRetry(context(2), {}, {})).toBeInstanceOf(Retry);
    expect(planRetry(context(3), {}, {})).toBeInstanceOf(MaxRetriesExceededError);
    expect(planRetry(context(3), {}, {})).toMatchObject({
      message: "Can't retry mail.send[id-1] args:('a',) kwargs:{}",
    });
    expect(planRetry(context(0), { maxRetries: 0 }, {})).toBeInstanceOf(MaxRetriesExceededError);
  });

  it('goes on for ever when maxRetries is null, and takes the limit of the call before that of the task', () => {
    expect(planRetry(context(1e6), { maxRetries: null }, {})).toBeInstanceOf(Retry);
    expect(planRetry(context(5), { maxRetries: 1 }, { maxRetries: 9 })).toBeInstanceOf(Retry);
    expect(planRetry(context(5), { maxRetries: 9 }, { maxRetries: 1 })).toBeInstanceOf(MaxRetriesExceededError);
    expect(planRetry(context(5), { maxRetries: 9 }, { maxRetries: null })).toBeInstanceOf(Retry);
  });

  it('gives the error of the task itself when no retry is left', () => {
    expect(planRetry(context(3), {}, { exc: boom })).toBe(boom);
  });

  it('refuses a countdown that is no number', () => {
    expect(() => planRetry(context(), {}, { countdown: Number.NaN })).toThrow(
      "'countdown' expects a number of seconds, not NaN",
    );
  });
});

describe('autoretryOptions', () => {
  const countdown = (task: Parameters<typeof autoretryOptions>[0], retries: number, random = 0.999_999) =>
    autoretryOptions(task, retries, boom, random).countdown;

  it('leaves the delay to the task without a backoff', () => {
    expect(countdown({}, 0)).toBeUndefined();
    expect(countdown({ retryKwargs: { countdown: 7 } }, 0)).toBe(7);
    expect(autoretryOptions({ retryKwargs: { maxRetries: 9 } }, 0, boom, 0)).toEqual({ maxRetries: 9, exc: boom });
  });

  it('doubles from the first retry, in whole seconds, up to the cap', () => {
    const task = { retryBackoff: 3, retryJitter: false };
    expect([0, 1, 2, 7, 8, 1e4].map((retries) => countdown(task, retries))).toEqual([3, 6, 12, 384, 600, 600]);
    expect(countdown({ retryBackoff: true, retryJitter: false }, 3)).toBe(8);
    expect(countdown({ retryBackoff: 0.5, retryJitter: false }, 0)).toBe(1);
    expect(countdown({ retryBackoff: 1.9, retryJitter: false }, 1)).toBe(2);
    expect(countdown({ retryBackoff: 4, retryBackoffMax: 5, retryJitter: false }, 9)).toBe(5);
  });

  it('spreads from 0 to all of it, both included, with jitter', () => {
    expect(countdown({ retryBackoff: 8 }, 0, 0)).toBe(0);
    expect(countdown({ retryBackoff: 8 }, 0, 0.999_999)).toBe(8);
  });
});
