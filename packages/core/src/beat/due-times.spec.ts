import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';
import { firstDue, followingDue } from './due-times.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);

describe('due times', () => {
  it('follow from the due time before, so that an interval does not drift', () => {
    expect(followingDue(interval(30), at('00:00:30'), at('00:00:30.250'))).toEqual(at('00:01:00'));
  });

  it('make up for what was missed by one run, and count on from it', () => {
    expect(followingDue(interval(30), at('00:00:30'), at('01:00:07'))).toEqual(at('01:00:37'));
    expect(followingDue(crontab({ minute: '*/5' }), at('00:05:00'), at('01:02:00'))).toEqual(at('01:05:00'));
  });

  it('stay where they are when the clock is set back', () => {
    expect(followingDue(interval(30), at('00:00:30'), at('00:00:10'))).toEqual(at('00:01:00'));
  });

  it('end with the schedule', () => {
    const once: Schedule = { resolve: () => once, next: () => undefined, describe: () => 'never' };
    expect(firstDue(once, at('00:00:00'))).toBeUndefined();
    expect(followingDue(once, at('00:00:00'), at('00:00:00'))).toBeUndefined();
  });

  it.each([
    ['the same time', (after: Date) => after],
    ['no date', () => new Date(NaN)],
  ])('refuse a schedule whose next time is %s', (_, next) => {
    const stuck: Schedule = { resolve: () => stuck, next, describe: () => 'stuck' };
    expect(() => firstDue(stuck, at('00:00:00'))).toThrow('which is not later');
  });
});
