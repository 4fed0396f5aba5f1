import * as fc from 'fast-check';
import { BaseSchedule } from '../schedules/base-schedule.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { dueAfter, firstDue, lastDueTimes, latestDue } from './due-times.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const instants = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((seconds) => new Date(seconds * 1000));

class Custom extends BaseSchedule {
  constructor(readonly next: (after: Date) => Date | undefined) {
    super();
  }

  describe(): string {
    return 'custom';
  }
}

describe('due times', () => {
  it('follow from the due time before, so that an interval does not drift', () => {
    expect(dueAfter(interval(30), at('00:00:30'), at('00:00:30.250'))).toEqual(at('00:01:00'));
  });

  it('of an interval keep step over a time in which nothing was sent', () => {
    expect(dueAfter(interval(30), at('00:00:30'), at('01:00:07'))).toEqual(at('01:00:30'));
    expect(latestDue(interval(30), at('00:00:30'), at('01:00:07'))).toEqual(at('01:00:00'));
  });

  it('of a crontab are those of the clock', () => {
    expect(dueAfter(crontab({ minute: '*/5' }), at('00:05:00'), at('01:02:00'))).toEqual(at('01:05:00'));
    expect(latestDue(crontab({ minute: '*/5' }), at('00:05:00'), at('01:02:00'))).toEqual(at('01:00:00'));
  });

  it('stay where they are when the clock is set back', () => {
    expect(dueAfter(interval(30), at('00:00:30'), at('00:00:10'))).toEqual(at('00:01:00'));
  });

  it('end with the schedule', () => {
    const never = new Custom(() => undefined);
    expect(firstDue(never, at('00:00:00'))).toBeUndefined();
    expect(dueAfter(never, at('00:00:00'), at('00:00:00'))).toBeUndefined();
    expect(latestDue(never, at('00:00:00'), at('01:00:00'))).toEqual(at('00:00:00'));
  });

  it('are found at once, however long nothing was sent', () => {
    const year2000 = new Date('2000-01-01T00:00:00Z');
    const minutely = crontab();
    let asked = 0;
    const counted = new Custom((after) => {
      asked += 1;
      return minutely.next(after);
    });
    expect(latestDue(counted, year2000, at('00:00:30'))).toEqual(at('00:00:00'));
    expect(lastDueTimes(counted, year2000, at('00:00:30'), 3)).toEqual([
      new Date('2025-12-31T23:58:00Z'),
      new Date('2025-12-31T23:59:00Z'),
      at('00:00:00'),
    ]);
    expect(asked).toBeLessThan(200);
  });

  it.each([
    ['every few seconds', interval(7)],
    ['every ninety minutes', interval(5400)],
    ['every five minutes', crontab({ minute: '*/5' })],
    ['on some days of some months', crontab({ minute: 30, hour: '3,15', dayOfMonth: '1,15,31', monthOfYear: '*/2' })],
  ])('are the last of all those that come one after the other: %s', (_, schedule) => {
    const count = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(instants(0, 100_000), instants(100_000, 3e6), count, (before, now, most) => {
        const first = firstDue(schedule, before) as Date;
        const all: Date[] = [];
        for (let due: Date | undefined = first; due && due <= now; due = schedule.next(due)) all.push(due);
        fc.pre(all.length > 0);
        expect(lastDueTimes(schedule, first, now, most)).toEqual(all.slice(-most));
      }),
      { numRuns: process.env.STRESS ? 500 : 20 },
    );
  });

  it.each([
    ['the same time', (after: Date) => after],
    ['no date', () => new Date(NaN)],
  ])('refuse a schedule whose next time is %s', (_, next) => {
    expect(() => firstDue(new Custom(next), at('00:00:00'))).toThrow('which is not later');
  });
});
