import * as fc from 'fast-check';
import { BaseSchedule } from './base-schedule.js';
import { clocked, Clocked } from './clocked.js';
import { cron } from './cron.js';
import { crontab } from './crontab.js';
import { interval } from './interval.js';
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

  it('of an interval of less than a millisecond are a millisecond apart', () => {
    const tiny = interval({ every: 90, period: 'microseconds' });
    expect(lastDueTimes(tiny, at('00:00:00'), at('00:00:00.005'), 2)).toEqual([at('00:00:00.004'), at('00:00:00.005')]);
    expect(dueAfter(tiny, at('00:00:00'), at('00:00:00.005'))).toEqual(at('00:00:00.006'));
  });

  it.each([
    ['every minute', crontab()],
    ['every second', interval({ seconds: 1, relative: true, timezone: 'UTC' })],
    ['every second of a month, eleven months ago', cron('* * * 2 * *', { tz: 'UTC' })],
    ['every minute of a month, eleven months ago', crontab({ monthOfYear: 2 })],
    ['once a year', crontab({ minute: 0, hour: 0, dayOfMonth: 1, monthOfYear: 1 })],
    ['once', clocked(new Date('2015-03-01T00:00:00Z'))],
  ])('cost by how many are wanted, whatever was missed since the year 1: %s', (_, schedule) => {
    const [year1, now] = [new Date('0001-01-01T00:00:00Z'), at('00:00:30')];
    const first = firstDue(schedule, year1) as Date;
    for (const count of [1, 100]) {
      let asked = 0;
      const counted = new Custom((after) => {
        asked += 1;
        return schedule.next(after);
      });
      const found = lastDueTimes(counted, first, now, count);
      expect(found.length).toBe(schedule instanceof Clocked ? 1 : count);
      expect(asked).toBeLessThan(60 * (2 * count + 2));
      expect(found.every((due) => schedule.next(new Date(due.getTime() - 1))?.getTime() === due.getTime())).toBe(true);
      expect((schedule.next(found.at(-1) as Date) ?? Infinity) > now).toBe(true);
    }
  });

  it('of ten years of minutes are ten thousand, at once and in little memory', () => {
    const schedule = crontab();
    let asked = 0;
    const counted = new Custom((after) => {
      asked += 1;
      return schedule.next(after);
    });
    const found = lastDueTimes(counted, new Date('2016-01-01T00:00:00Z'), at('00:00:30'), 10_000);
    expect([found.length, found.at(-1)]).toEqual([10_000, at('00:00:00')]);
    expect(found[0]).toEqual(new Date(at('00:00:00').getTime() - 9_999 * 60_000));
    expect(asked).toBeLessThan(50_000);
  });

  it.each([
    ['the same time', (after: Date) => after],
    ['no date', () => new Date(NaN)],
  ])('refuse a schedule whose next time is %s', (_, next) => {
    expect(() => firstDue(new Custom(next), at('00:00:00'))).toThrow('which is not later');
  });
});
