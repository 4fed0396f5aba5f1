import * as fc from 'fast-check';
import { propertyRuns } from '../../../../test/support/property-runs.js';
import { daysOfChange, nextByWall, nextByWatching, wallClock, ZONES } from '../../../../test/support/wall-clock.js';
import { crontab } from './crontab.js';
import type { CrontabOptions } from './crontab-options.js';
import { interval } from './interval.js';

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

  it('takes its fields in the order of Celery, which is not that of a crontab line', () => {
    const fields = { minute: '0', hour: '4', dayOfWeek: 'mon', dayOfMonth: '1-7', monthOfYear: '3' };
    expect(crontab('0', 4, 'mon', '1-7', [3]).fields).toEqual(fields);
    expect(crontab([0, 30], 4).fields).toMatchObject({ minute: '0,30', hour: '4', dayOfWeek: '*', dayOfMonth: '*' });
    expect(crontab('0', '4', '*', '*', '*', { timezone: LONDON, dst: 'wall' })).toMatchObject({
      timezone: LONDON,
      dst: 'wall',
    });
    expect(crontab(undefined as never, 4).fields).toMatchObject({ minute: '*', hour: '4' });
  });

  it('reads a crontab line in the usual order', () => {
    const fields = { minute: '0', hour: '4', dayOfMonth: '1-7', monthOfYear: '3', dayOfWeek: 'mon' };
    expect(crontab.fromString('0 4 1-7 3 mon').fields).toEqual(fields);
    expect(
      crontab.fromString(' 0  4 * * * ', { timezone: LONDON }).equals(crontab({ ...fields, timezone: LONDON })),
    ).toBe(false);
    expect(crontab.fromString('0 4 1-7 3 mon', { timezone: LONDON }).timezone).toBe(LONDON);
  });

  it.each(['', '* * * *', '* * * * * *', '@daily', undefined])(
    'refuses the line %p, which has not five fields',
    (line) => {
      expect(() => crontab.fromString(line as string)).toThrow(expect.objectContaining({ field: 'crontab' }));
    },
  );

  it('keeps its fields as they were written, and its zone if it has one', () => {
    const own = crontab({ minute: [0, 15], hour: '*/3', dayOfWeek: 'Mon-fri' });
    expect(own.fields).toEqual({
      minute: '0,15',
      hour: '*/3',
      dayOfMonth: '*',
      monthOfYear: '*',
      dayOfWeek: 'Mon-fri',
    });
    expect(own.timezone).toBeUndefined();
    expect(own.resolve({ timezone: LONDON }).timezone).toBe(LONDON);
  });

  it("takes the application's policy for clock changes, unless it has its own", () => {
    expect(crontab().dst).toBe('celery');
    expect(crontab().resolve({ timezone: LONDON }).dst).toBe('celery');
    expect(crontab().resolve({ timezone: LONDON, dst: 'wall' }).dst).toBe('wall');
    expect(crontab({ dst: 'celery' }).resolve({ timezone: LONDON, dst: 'wall' }).dst).toBe('celery');
  });

  it('equals another by what the fields stand for, in the same zone, with the same policy', () => {
    const weekdays = crontab({ minute: '0', dayOfWeek: 'mon-fri' });
    expect(weekdays.equals(crontab({ minute: [0], hour: '0-23', dayOfWeek: '1,2,3,4,5' }))).toBe(true);
    expect(weekdays.equals(crontab({ minute: '0', dayOfWeek: 'mon-sat' }))).toBe(false);
    expect(weekdays.equals(weekdays.resolve({ timezone: LONDON }))).toBe(false);
    expect(weekdays.equals(weekdays.resolve({ timezone: 'UTC', dst: 'wall' }))).toBe(false);
    expect(weekdays.equals(interval(60))).toBe(false);
  });

  it.each([
    ['minute', crontab({ minute: 5 })],
    ['hour', crontab({ hour: 5 })],
    ['dayOfMonth', crontab({ dayOfMonth: 5 })],
    ['monthOfYear', crontab({ monthOfYear: 5 })],
    ['dayOfWeek', crontab({ dayOfWeek: 5 })],
  ])('differs from another in %s', (_field, other) => {
    expect(crontab().equals(other)).toBe(false);
    expect(other.equals(other)).toBe(true);
  });

  it('makes up for what was missed by one run, and is due next counted from now', () => {
    const daily = crontab({ minute: 0, hour: 4 });
    const now = new Date('2026-01-05T05:00Z');
    expect(daily.isDue(new Date('2026-01-02T04:00Z'), now)).toEqual({ isDue: true, next: 23 * 3600 });
    expect(daily.isDue(new Date('2026-01-05T04:00Z'), now)).toEqual({ isDue: false, next: 23 * 3600 });
    expect(daily.isDue(new Date('2026-01-02T04:00Z'), now, { deadline: 3600 }).isDue).toBe(true);
    expect(daily.isDue(new Date('2026-01-02T04:00Z'), now, { deadline: 3599 })).toEqual({
      isDue: false,
      next: 23 * 3600,
    });
  });

  it('is due at its very time, whatever the deadline', () => {
    const now = new Date('2026-01-05T04:00Z');
    const daily = crontab({ minute: 0, hour: 4 });
    expect(daily.isDue(new Date('2026-01-02T04:00Z'), now, { deadline: 0 }).isDue).toBe(true);
  });

  it('answers at once with a deadline when a run is a millisecond late', () => {
    const yearly = crontab({ minute: 0, hour: 4, dayOfMonth: 1, monthOfYear: 1 });
    const [last, now] = [new Date('2025-01-01T04:00Z'), new Date('2026-01-01T04:00:00.001Z')];
    expect(yearly.isDue(last, now, { deadline: 10 }).isDue).toBe(true);
  });

  it.each([
    [{ minutes: 5 }, 'minutes'],
    [{ minute: 61 }, 'minute'],
    [{ dayOfWeek: '7' }, 'dayOfWeek'],
    [{ dayOfMonth: 31, monthOfYear: 'feb' }, 'dayOfMonth'],
    [{ timezone: 'Asia/Soul' }, 'timezone'],
    [{ hour: null }, 'hour'],
    [{ dst: 'summer' }, 'dst'],
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

describe("crontab when the clocks change, with dst: 'wall'", () => {
  const wall = { dst: 'wall', timezone: LONDON } as const;

  it('runs what falls into the missing hour once, at the first instant after it', () => {
    expect(runs({ ...wall, minute: '20,40', hour: 1 }, '2026-03-28T12:00Z', 3)).toEqual([
      '03-29T01:00Z',
      '03-30T00:20Z',
      '03-30T00:40Z',
    ]);
  });

  it('runs once at a time of day that comes twice, the first time, also when it starts in the second', () => {
    const early = { ...wall, minute: '*/30', hour: 1 };
    expect(runs(early, '2026-10-24T12:00Z', 3)).toEqual(['10-25T00:00Z', '10-25T00:30Z', '10-26T01:00Z']);
    expect(runs(early, '2026-10-25T01:10Z', 1)).toEqual(['10-26T01:00Z']);
  });

  it('goes on through both passes of a repeated hour when it runs every hour', () => {
    const times = ['10-25T00:30Z', '10-25T01:00Z', '10-25T01:30Z', '10-25T02:00Z'];
    expect(runs({ ...wall, minute: '*/30' }, '2026-10-25T00:00Z', 4)).toEqual(times);
    expect(runs({ ...wall, minute: '*/30', hour: '0-23' }, '2026-10-25T00:00Z', 4)).toEqual(times);
  });

  it('goes on through a missing hour when it runs every hour: no reading, no run', () => {
    expect(runs({ ...wall, minute: 30 }, '2026-03-29T00:00Z', 3)).toEqual([
      '03-29T00:30Z',
      '03-29T01:30Z',
      '03-29T02:30Z',
    ]);
  });

  it('makes up for a day that is left out altogether', () => {
    const nine = { minute: 0, hour: 9, dst: 'wall', timezone: 'Pacific/Apia' } as const;
    expect(runs(nine, '2011-12-29T20:00Z', 2)).toEqual(['12-30T10:00Z', '12-30T19:00Z']);
  });

  it('finds a time years after, over many changes', () => {
    expect(next({ ...wall, minute: 0, dayOfMonth: 29, monthOfYear: 2 }, '2026-07-01T00:00Z')).toBe(
      '2028-02-29T00:00:00.000Z',
    );
    expect(next({ ...wall }, NaN)).toBeUndefined();
    expect(next({ ...wall, hour: 4 }, NaN)).toBeUndefined();
    expect(crontab(wall).next(new Date(8.64e15))).toBeUndefined();
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
      propertyRuns(250),
    );
  }, 300_000);

  it("gives the first time of its rule with dst: 'wall', and never an earlier one for a later start", () => {
    fc.assert(
      fc.property(fields, nearChange, fc.nat({ max: 360 }), (options, { zone, after }, wait) => {
        const schedule = crontab({ ...options, timezone: zone, dst: 'wall' });
        const found = schedule.next(new Date(after))?.getTime() ?? NaN;
        const readings = crontab(options);
        const matches = (wall: number) => readings.next(new Date(wall - 1))?.getTime() === wall;
        expect(found - after).toBeLessThan(3 * DAY);
        expect(new Date(nextByWall(matches, options.hour === '*', zone, after, found) ?? NaN)).toEqual(new Date(found));
        expect(schedule.next(new Date(after + wait * MINUTE))?.getTime()).toBeGreaterThanOrEqual(found);
      }),
      propertyRuns(250),
    );
  }, 300_000);

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
      propertyRuns(1000),
    );
  });
});

/** The same reading was there 20 minutes to 4 hours ago. */
function isSecondPass(zone: string, instant: number): boolean {
  const wall = wallClock(zone);
  const reading = wall(instant);
  return [20, 30, 60, 120, 180, 240].some((minutes) => wall(instant - minutes * MINUTE) === reading);
}
