import { BaseSchedule } from './base-schedule.js';
import { crontab } from './crontab.js';
import { Interval } from './interval.js';
import type { Schedule } from './schedule.js';
import { toSchedule } from './to-schedule.js';

class Never extends BaseSchedule {
  next(): undefined {
    return undefined;
  }

  describe(): string {
    return 'never';
  }
}

describe('toSchedule', () => {
  it('makes a number an interval of so many seconds', () => {
    expect(toSchedule(30)).toEqual(new Interval(30));
    expect(toSchedule(30).describe()).toBe('every 30 seconds');
  });

  it('leaves a schedule as it is, also one of your own', () => {
    const own = new Never();
    const cron = crontab({ minute: 0 });
    expect(toSchedule(cron)).toBe(cron);
    expect(toSchedule(own)).toBe(own);
  });

  it('takes any object with the methods of a schedule', () => {
    const isDue = () => ({ isDue: false, next: 1 });
    const own: Schedule = { resolve: () => own, next: () => undefined, isDue, describe: () => '', equals: () => false };
    expect(toSchedule(own)).toBe(own);
  });

  it.each([
    ['*/5 * * * *'],
    [undefined],
    [null],
    [{}],
    [{ minute: 5 }],
    [{ resolve: () => 1, next: () => undefined, describe: () => 'no isDue' }],
  ])('refuses %p, and tells what to extend', (input) => {
    expect(() => toSchedule(input as never)).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'schedule' }),
    );
    expect(() => toSchedule(input as never)).toThrow('a class that extends BaseSchedule');
  });

  it('refuses a number that is no interval', () => {
    expect(() => toSchedule(0)).toThrow('interval: seconds: 0 is no interval');
  });
});
