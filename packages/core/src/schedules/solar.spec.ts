import * as fc from 'fast-check';
import { propertyRuns } from '../../../../test/support/property-runs.js';
import { interval } from './interval.js';
import { solar } from './solar.js';
import { SOLAR_EVENTS } from './solar-events.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const next = (...[event, latitude, longitude, after]: [...Parameters<typeof solar>, string]) =>
  solar(event, latitude, longitude).next(new Date(after));

describe('solar', () => {
  it('gives a whole day of events in their order', () => {
    const midnight = new Date('2026-03-20T15:00:00Z');
    const times = SOLAR_EVENTS.map((event) => solar(event, 37.57, 126.98).next(midnight)?.getTime() ?? NaN);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect((times.at(-1) ?? NaN) - midnight.getTime()).toBeLessThan(DAY);
  });

  it('skips the days of a polar night and of a polar day', () => {
    const tromso = [69.65, 18.96] as const;
    expect(
      next('sunrise', ...tromso, '2026-12-01T00:00:00Z')
        ?.toISOString()
        .slice(0, 10),
    ).toMatch(/^2027-01-1[4-6]$/);
    expect(
      next('sunset', ...tromso, '2026-06-01T00:00:00Z')
        ?.toISOString()
        .slice(0, 10),
    ).toMatch(/^2026-07-2[5-7]$/);
  });

  it('has its noon every day, in a polar night and at the pole too', () => {
    expect(next('solar_noon', 80, 0, '2026-12-21T00:00:00Z')?.toISOString().slice(0, 13)).toBe('2026-12-21T11');
    expect(next('solar_noon', -90, 0, '2026-06-21T00:00:00Z')?.toISOString().slice(0, 13)).toBe('2026-06-21T12');
  });

  it('rises and sets once a year at the pole', () => {
    const rise = next('sunrise', 90, 0, '2026-01-01T00:00:00Z') ?? new Date(NaN);
    expect(rise.toISOString().slice(0, 7)).toBe('2026-03');
    expect(solar('sunrise', 90, 0).next(rise)?.toISOString().slice(0, 7)).toBe('2027-03');
  });

  it('has no next time where there is none', () => {
    expect(next('sunset', 0, 0, 'never')).toBeUndefined();
    expect(next('solar_noon', 0, 0, 'never')).toBeUndefined();
    expect(solar('dusk_astronomical', 0, 0).next(new Date(8.64e15))).toBeUndefined();
  });

  it('is later than the time it is asked for, follows after hours, and is never earlier for a later start', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SOLAR_EVENTS),
        fc.double({ min: -89, max: 89, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 20 * DAY }),
        (event, latitude, longitude, after, wait) => {
          const schedule = solar(event, latitude, longitude);
          const first = schedule.next(after)?.getTime() ?? Infinity;
          expect(first).toBeGreaterThan(after.getTime());
          expect(schedule.next(new Date(after.getTime() + wait))?.getTime() ?? Infinity).toBeGreaterThanOrEqual(first);
          if (first === Infinity) return;
          expect(schedule.next(new Date(first - 1))?.getTime()).toBe(first);
          expect((schedule.next(new Date(first))?.getTime() ?? Infinity) - first).toBeGreaterThan(60 * MINUTE);
        },
      ),
      propertyRuns(100),
    );
  });

  it('is due as other schedules are', () => {
    const sunset = solar('sunset', 0, 0);
    const last = new Date('2026-01-01T20:00:00Z');
    const due = sunset.next(last) ?? last;
    expect(sunset.isDue(last, new Date(due.getTime() - 1000))).toEqual({ isDue: false, next: 1 });
    expect(sunset.isDue(last, due).isDue).toBe(true);
    expect(sunset.isDue(last, due).next / 3600).toBeCloseTo(24, 1);
    expect(sunset.isDue(last, new Date(due.getTime() + 61_000), { deadline: 60 }).isDue).toBe(false);
  });

  it('describes itself, and equals another of the same event and place', () => {
    const own = solar('sunset', 48.85, 2.35);
    expect(own.describe()).toBe('solar sunset at latitude 48.85, longitude 2.35');
    expect(own).toMatchObject({ event: 'sunset', latitude: 48.85, longitude: 2.35 });
    expect(own.equals(solar('sunset', 48.85, 2.35))).toBe(true);
    expect(own.equals(solar('sunrise', 48.85, 2.35))).toBe(false);
    expect(own.equals(solar('sunset', 48.86, 2.35))).toBe(false);
    expect(own.equals(solar('sunset', 48.85, 2.36))).toBe(false);
    expect(own.equals(interval(1))).toBe(false);
  });

  it.each([
    [['SUNRISE', 0, 0], 'event'],
    [['moonrise', 0, 0], 'event'],
    [[undefined, 0, 0], 'event'],
    [['sunset', 90.001, 0], 'latitude'],
    [['sunset', NaN, 0], 'latitude'],
    [['sunset', '48', 0], 'latitude'],
    [['sunset', 0, -180.01], 'longitude'],
    [['sunset', 0, undefined], 'longitude'],
  ])('refuses %j, naming %s', (input, field) => {
    expect(() => solar(...(input as Parameters<typeof solar>))).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field }),
    );
  });
});
