import * as fc from 'fast-check';
import { daysOfChange, nextByWatching, wallClock, ZONES } from '../../../../test/support/wall-clock.js';
import { crontab } from './crontab.js';
import type { CrontabOptions } from './crontab.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const LONDON = 'Europe/London';

const next = (options: CrontabOptions, after: string | number) => crontab(options).next(new Date(after))?.toISOString();

/** Runs from `after` on, as beat would count them. */
function runs(options: CrontabOptions, after: string, count: number): string[] {
  const schedule = crontab(options);
  const times = [new Date(after)];
  while (times.length <= count) times.push(schedule.next(times.at(-1) as Date) as Date);
  return times.slice(1).map((time) => `${time.toISOString().slice(5, 16)}Z`);
}

const fields = fc.record({
  minute: fc.oneof(
    fc.constant('*'),
    fc.constant('*/15'),
    fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 }),
  ),
  hour: fc.oneof(
    fc.constant('*'),
    fc.constant('*/2'),
    fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
  ),
});

/** A zone, and a time within 30 hours of a change of its clocks, if it has any that year. */
const nearChange = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    year: fc.integer({ min: 1995, max: 2036 }),
    which: fc.nat(),
    off: fc.integer({ min: -30 * 60 * MINUTE, max: 30 * 60 * MINUTE }),
  })
  .map(({ zone, year, which, off }) => {
    const days = daysOfChange(zone, year);
    return { zone, after: (days[which % days.length] ?? Date.UTC(year, 5, 1)) + off };
  });

describe('crontab', () => {
  it('is every minute when nothing is said', () => {
    expect(next({}, '2026-01-01T00:00:30Z')).toBe('2026-01-01T00:01:00.000Z');
  });

  it('reads its fields on the clocks of its zone', () => {
    const nightly = { minute: 0, hour: 4 };
    expect(next({ ...nightly, timezone: 'Asia/Seoul' }, '2026-01-01T00:00Z')).toBe('2026-01-01T19:00:00.000Z');
    expect(next({ ...nightly, dayOfWeek: 'mon', timezone: 'America/New_York' }, '2026-07-01T00:00Z')).toBe(
      '2026-07-06T08:00:00.000Z',
    );
  });

  it("takes the application's zone, unless it has its own", () => {
    const seoul = { timezone: 'Asia/Seoul' };
    expect(crontab({ hour: 4 }).resolve(seoul).describe()).toBe('crontab * 4 * * * (m/h/dM/MY/d, Asia/Seoul)');
    expect(crontab({ hour: 4, minute: 0 }).resolve(seoul).next(new Date('2026-01-01T00:00Z'))).toEqual(
      new Date('2026-01-01T19:00Z'),
    );
    const own = crontab({ hour: 4, timezone: LONDON });
    expect(own.resolve(seoul)).toBe(own);
  });

  it('is in UTC as long as it has no zone', () => {
    expect(next({ hour: 4, minute: 0 }, '2026-07-01T00:00Z')).toBe('2026-07-01T04:00:00.000Z');
  });

  it('keeps what it was given: later changes of the options do not reach it', () => {
    const options = { minute: [5], hour: 4 };
    const schedule = crontab(options);
    options.minute.push(3);
    options.hour = 9;
    expect(schedule.describe()).toBe('crontab 5 4 * * * (m/h/dM/MY/d, UTC)');
    expect(schedule.resolve({ timezone: 'UTC' }).next(new Date('2026-01-01T00:00Z'))).toEqual(
      new Date('2026-01-01T04:05Z'),
    );
  });

  it('describes itself as Celery does', () => {
    expect(
      crontab({ minute: 0, hour: '*/3,10-19', dayOfMonth: new Set([1, 15]), dayOfWeek: 'mon-fri' }).describe(),
    ).toBe('crontab 0 */3,10-19 1,15 * mon-fri (m/h/dM/MY/d, UTC)');
  });

  it('has no next time where there is none', () => {
    expect(crontab().next(new Date(NaN))).toBeUndefined();
    expect(crontab({ timezone: 'Asia/Seoul' }).next(new Date(8.64e15))).toBeUndefined();
  });

  it.each([
    [{ minutes: 5 }, 'minutes'],
    [{ minute: 61 }, 'minute'],
    [{ dayOfWeek: '7' }, 'dayOfWeek'],
    [{ dayOfMonth: 31, monthOfYear: 'feb' }, 'dayOfMonth'],
    [{ timezone: 'Asia/Soul' }, 'timezone'],
    [{ hour: null }, 'hour'],
  ])('refuses %j when it is made, naming %s', (options, field) => {
    expect(() => crontab(options as never)).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field }));
  });
});

describe('crontab when the clocks change, as Celery', () => {
  it('runs what falls into the missing hour that much later', () => {
    expect(runs({ minute: 30, hour: 1, timezone: LONDON }, '2026-03-28T12:00Z', 2)).toEqual([
      '03-29T01:30Z',
      '03-30T00:30Z',
    ]);
  });

  it('runs every real hour of a day that lacks one', () => {
    expect(runs({ minute: 0, timezone: LONDON }, '2026-03-28T23:00Z', 3)).toEqual([
      '03-29T00:00Z',
      '03-29T01:00Z',
      '03-29T02:00Z',
    ]);
  });

  it('runs once at a time of day that comes twice, the first time', () => {
    expect(runs({ minute: 30, hour: 1, timezone: LONDON }, '2026-10-24T12:00Z', 2)).toEqual([
      '10-25T00:30Z',
      '10-26T01:30Z',
    ]);
  });

  it('leaves out the hour that comes again', () => {
    expect(runs({ minute: '*/30', timezone: LONDON }, '2026-10-25T00:00Z', 3)).toEqual([
      '10-25T00:30Z',
      '10-25T02:00Z',
      '10-25T02:30Z',
    ]);
  });

  it('goes on within the repeated hour when it starts in it', () => {
    expect(runs({ minute: '*/30', timezone: LONDON }, '2026-10-25T01:10Z', 2)).toEqual([
      '10-25T01:30Z',
      '10-25T02:00Z',
    ]);
  });

  it('does not pass over a reading that comes, for one that is left out (a change of two hours)', () => {
    expect(runs({ minute: 0, hour: '2,3', timezone: 'Antarctica/Troll' }, '2026-03-29T00:30Z', 2)).toEqual([
      '03-29T01:00Z',
      '03-30T00:00Z',
    ]);
  });
});

describe('crontab, of any fields, in any zone, around the changes of its clocks', () => {
  it('gives the first time that someone watching the clock on the wall would', () => {
    fc.assert(
      fc.property(fields, nearChange, (options, { zone, after }) => {
        const found = Date.parse(next({ ...options, timezone: zone }, after) ?? '');
        const readings = crontab(options);
        const matches = (wall: number) => readings.next(new Date(wall - 1))?.getTime() === wall;
        expect(found - after).toBeLessThan(3 * DAY);
        expect(new Date(nextByWatching(matches, zone, after, found) ?? NaN)).toEqual(new Date(found));
      }),
      { numRuns: 250 },
    );
  });

  it('is later than the time it is asked for, and for a later start not earlier, save for one within a repeated hour', () => {
    fc.assert(
      fc.property(fields, nearChange, fc.nat({ max: 6 * 60 * MINUTE }), (options, { zone, after }, wait) => {
        const schedule = crontab({ ...options, timezone: zone });
        const early = schedule.next(new Date(after))?.getTime() ?? NaN;
        const late = schedule.next(new Date(after + wait))?.getTime() ?? NaN;
        expect(early).toBeGreaterThan(after);
        expect(late).toBeGreaterThan(after + wait);
        expect(early <= late || isSecondPass(zone, after + wait)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The same reading was there 20 minutes to 4 hours ago. */
function isSecondPass(zone: string, instant: number): boolean {
  const wall = wallClock(zone);
  const reading = wall(instant);
  return [20, 30, 60, 120, 180, 240].some((minutes) => wall(instant - minutes * MINUTE) === reading);
}
