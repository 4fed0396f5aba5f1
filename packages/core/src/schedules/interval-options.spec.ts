import { interval } from './interval.js';
import { secondsOf } from './interval-options.js';

describe('the options of an interval', () => {
  it.each([
    [{ every: 10 }, 10],
    [{ every: 10, period: 'seconds' }, 10],
    [{ every: 2, period: 'minutes' }, 120],
    [{ every: 2, period: 'hours' }, 7_200],
    [{ every: 2, period: 'days' }, 172_800],
    [{ every: 3, period: 'microseconds' }, 0.000_003],
    [{ hours: 1, minutes: 30 }, 5_400],
    [{ days: 1, seconds: -1 }, 86_399],
    [{ milliseconds: 250, microseconds: 500 }, 0.2505],
  ] as const)('%j are so many seconds: %p', (options, seconds) => {
    expect(secondsOf(options)).toBe(seconds);
  });

  it.each([
    [{ every: 10, period: 'weeks' }, 'period'],
    [{ every: '10' }, 'every'],
    [{ every: NaN }, 'every'],
    [{ every: 0, period: 'hours' }, 'seconds'],
    [{ minutes: '5' }, 'minutes'],
    [{ minute: 5 }, 'minute'],
    [{ every: 5, minutes: 1 }, 'minutes'],
    [{ seconds: 10, timezone: 'Asia/Soul' }, 'timezone'],
    [{ days: -1 }, 'seconds'],
    [{}, 'seconds'],
  ])('refuses %j, naming %s', (options, field) => {
    expect(() => interval(options as never)).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field }));
  });
});
