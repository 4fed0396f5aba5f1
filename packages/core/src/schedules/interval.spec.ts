import * as fc from 'fast-check';
import { propertyRuns } from '../../../../test/support/property-runs.js';
import { daysOfChange, ZONES } from '../../../../test/support/wall-clock.js';
import { crontab } from './crontab.js';
import { interval } from './interval.js';

const HOUR = 3_600_000;

describe('interval', () => {
  it('is always later than the time it is asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e9, noNaN: true }),
        fc.date({ noInvalidDate: true }),
        (seconds, after) => {
          const next = interval(seconds).next(after);
          expect(next === undefined || next > after).toBe(true);
        },
      ),
      propertyRuns(300),
    );
  });

  it('is always later when it is relative, around the changes of the clocks in any zone', () => {
    const nearChange = fc.record({
      zone: fc.constantFrom(...ZONES),
      year: fc.integer({ min: 1995, max: 2036 }),
      which: fc.nat(),
      off: fc.integer({ min: -50 * HOUR, max: 50 * HOUR }),
    });
    const lengths = fc.constantFrom(0.3, 1, 45, 60, 90, 3_600, 5_400, 86_400, 100_000, 604_800);
    fc.assert(
      fc.property(lengths, nearChange, (seconds, { zone, year, which, off }) => {
        const days = daysOfChange(zone, year);
        const after = new Date((days[which % days.length] ?? Date.UTC(year, 5, 1)) + off);
        const next = interval({ seconds, relative: true, timezone: zone }).next(after);
        expect(next?.getTime()).toBeGreaterThan(after.getTime());
        expect(next?.getTime()).toBeLessThanOrEqual(after.getTime() + seconds * 1000 + 26 * HOUR);
      }),
      propertyRuns(300),
    );
  });

  it('counts elapsed time, also when the clocks change', () => {
    expect(interval(86_400).next(new Date('2026-03-28T12:00:00Z'))).toEqual(new Date('2026-03-29T12:00:00Z'));
  });

  it('has no next time past the end of the calendar', () => {
    expect(interval(1).next(new Date(8.64e15))).toBeUndefined();
    expect(interval(Number.MAX_VALUE).next(new Date())).toBeUndefined();
  });

  it.each([0, -1, NaN, Infinity, '30', undefined, null])('refuses %p seconds', (seconds) => {
    expect(() => interval(seconds as number)).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'seconds' }),
    );
  });

  it('counts at least a millisecond, which is all that a Date knows', () => {
    const tiny = interval({ every: 90, period: 'microseconds' });
    expect(tiny.seconds).toBe(0.000_09);
    expect(tiny.milliseconds).toBe(1);
    expect(tiny.next(new Date(1000))).toEqual(new Date(1001));
    expect(tiny.describe()).toBe('every 0.001 seconds');
  });

  it('is the same in every time zone, unless it is relative', () => {
    const [schedule, relative] = [interval(30), interval({ days: 1, relative: true })];
    expect(schedule.resolve({ timezone: 'Asia/Seoul' })).toBe(schedule);
    expect(schedule.timezone).toBeUndefined();
    expect(relative.resolve({ timezone: 'Asia/Seoul' }).timezone).toBe('Asia/Seoul');
    const own = interval({ days: 1, relative: true, timezone: 'Europe/Berlin' });
    expect(own.resolve({ timezone: 'Asia/Seoul' })).toBe(own);
  });

  it.each([
    [{ days: 2 }, '2026-01-02T15:00:00.000Z'],
    [{ hours: 5 }, '2026-01-01T17:00:00.000Z'],
    [{ minutes: 90 }, '2026-01-01T14:00:00.000Z'],
    [{ minutes: 3 }, '2026-01-01T12:37:00.000Z'],
    [{ seconds: 10 }, '2026-01-01T12:35:06.000Z'],
  ])('ends, when it is relative, at a whole unit of the clocks: %j', (parts, end) => {
    const schedule = interval({ ...parts, relative: true, timezone: 'Asia/Seoul' });
    const start = new Date('2026-01-01T12:34:56.789Z');
    expect(schedule.next(start)?.toISOString()).toBe(end);
  });

  it('ends at midnight also on a day of 25 hours', () => {
    const daily = interval({ days: 1, relative: true, timezone: 'Europe/Berlin' });
    expect(daily.next(new Date('2026-10-24T22:00Z'))).toEqual(new Date('2026-10-25T23:00Z'));
    expect(daily.next(new Date('2026-03-28T23:00Z'))).toEqual(new Date('2026-03-29T22:00Z'));
  });

  it('is due when a whole interval has passed, and then again after another, however late it is', () => {
    const [schedule, last] = [interval(60), new Date('2026-01-01T00:00Z')];
    expect(schedule.isDue(last, new Date('2026-01-01T00:00:59.999Z'))).toEqual({ isDue: false, next: 0.001 });
    expect(schedule.isDue(last, new Date('2026-01-01T00:01Z'))).toEqual({ isDue: true, next: 60 });
    expect(schedule.isDue(last, new Date('2026-01-02T00:00:30Z'))).toEqual({ isDue: true, next: 60 });
  });

  it('is not due when the latest due time is past the deadline', () => {
    const [schedule, last] = [interval(60), new Date('2026-01-01T00:00Z')];
    const at = (now: string, deadline: number) => schedule.isDue(last, new Date(now), { deadline });
    expect(at('2026-01-02T00:00:30Z', 30)).toEqual({ isDue: true, next: 60 });
    expect(at('2026-01-02T00:00:30Z', 29)).toEqual({ isDue: false, next: 30 });
  });

  it('equals another of the same length, cut in the same way', () => {
    const hour = interval({ hours: 1 });
    expect(hour.equals(interval({ every: 60, period: 'minutes' }))).toBe(true);
    expect(hour.equals(interval(3601))).toBe(false);
    expect(hour.equals(interval({ hours: 1, relative: true }))).toBe(false);
    expect(interval({ hours: 1, relative: true }).equals(interval({ every: 1, period: 'hours', relative: true }))).toBe(
      true,
    );
    expect(interval(60).equals(crontab())).toBe(false);
  });

  it('describes itself in words', () => {
    expect([30, 1, 60, 86_400, 90].map((seconds) => interval(seconds).describe())).toEqual([
      'every 30 seconds',
      'every second',
      'every minute',
      'every day',
      'every 90 seconds',
    ]);
    expect(interval({ days: 1, relative: true, timezone: 'Asia/Seoul' }).describe()).toBe(
      'every day, relative (Asia/Seoul)',
    );
  });
});
