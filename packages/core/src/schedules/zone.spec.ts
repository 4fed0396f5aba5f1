import * as fc from 'fast-check';
import { wallClock, ZONES } from '../../../../test/support/wall-clock.js';
import { zoneOf } from './zone.js';

const iso = (text: string) => Date.parse(text);

describe('Zone', () => {
  it('knows the offset of any instant in any zone, as Intl does', () => {
    const walls = new Map(ZONES.map((name) => [name, wallClock(name)]));
    const instants = fc.date({ min: new Date('1971-01-01'), max: new Date('2037-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (name, date) => {
        const instant = date.getTime();
        expect(zoneOf(name).offsetAt(instant)).toBe((walls.get(name)?.(instant) ?? NaN) - instant);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes its offset at the very second of the transition', () => {
    const london = zoneOf('Europe/London');
    expect(london.offsetAt(iso('2026-03-29T00:59:59.999Z'))).toBe(0);
    expect(london.offsetAt(iso('2026-03-29T01:00:00Z'))).toBe(3_600_000);
    expect(london.offsetAt(iso('2026-10-25T00:59:59.999Z'))).toBe(3_600_000);
    expect(london.offsetAt(iso('2026-10-25T01:00:00Z'))).toBe(0);
  });

  it('finds both changes of a Ramadan, four weeks apart', () => {
    const casablanca = zoneOf('Africa/Casablanca');
    expect(casablanca.transitionNear(iso('2026-02-15T12:00Z'))).toEqual({
      at: iso('2026-02-15T02:00Z'),
      oldOffset: 3_600_000,
      newOffset: 0,
    });
    expect(casablanca.transitionNear(iso('2026-03-22T12:00Z'))).toEqual({
      at: iso('2026-03-22T02:00Z'),
      oldOffset: 0,
      newOffset: 3_600_000,
    });
  });

  it('finds a change a day before and after a reading, and none further away', () => {
    const london = zoneOf('Europe/London');
    const change = { at: iso('2026-03-29T01:00Z'), oldOffset: 0, newOffset: 3_600_000 };
    expect(london.transitionNear(iso('2026-03-28T02:00Z'))).toEqual(change);
    expect(london.transitionNear(iso('2026-03-30T00:00Z'))).toEqual(change);
    expect(london.transitionNear(iso('2026-03-27T00:00Z'))).toBeUndefined();
    expect(london.transitionNear(iso('2026-04-01T00:00Z'))).toBeUndefined();
  });

  it('finds a day that is left out altogether', () => {
    expect(zoneOf('Pacific/Apia').transitionNear(iso('2011-12-30T12:00Z'))).toEqual({
      at: iso('2011-12-30T10:00Z'),
      oldOffset: -10 * 3_600_000,
      newOffset: 14 * 3_600_000,
    });
  });

  it('knows when its clocks first show a reading, or the end of the gap that it falls into', () => {
    const london = zoneOf('Europe/London');
    const first = (reading: string) => new Date(london.firstInstantOf(iso(`${reading}Z`))).toISOString();
    expect(first('2026-07-01T12:00')).toBe('2026-07-01T11:00:00.000Z');
    expect(first('2026-03-29T00:59')).toBe('2026-03-29T00:59:00.000Z');
    expect(first('2026-03-29T01:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(first('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z');
    expect(first('2026-10-25T01:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(first('2026-10-25T02:00')).toBe('2026-10-25T02:00:00.000Z');
  });

  it('knows the latest reading that its clocks have shown, also in an hour that comes twice', () => {
    const london = zoneOf('Europe/London');
    const latest = (instant: string) => new Date(london.latestReadingAt(iso(`${instant}Z`))).toISOString();
    expect(latest('2026-07-01T12:00')).toBe('2026-07-01T13:00:00.000Z');
    expect(latest('2026-10-25T00:30')).toBe('2026-10-25T01:30:00.000Z');
    expect(latest('2026-10-25T01:30')).toBe('2026-10-25T01:59:59.999Z');
    expect(latest('2026-10-25T02:00')).toBe('2026-10-25T02:00:00.000Z');
  });

  it('counts the seconds of old offsets', () => {
    expect(zoneOf('Africa/Monrovia').offsetAt(iso('1971-06-01T00:00Z'))).toBe(-(44 * 60 + 30) * 1000);
  });

  it('answers up to both ends of the calendar', () => {
    expect(zoneOf('Asia/Seoul').offsetAt(8.64e15)).toBe(9 * 3_600_000);
    expect(zoneOf('UTC').offsetAt(-8.64e15)).toBe(0);
  });

  it('is one object for one name, so that what it found out is kept', () => {
    expect(zoneOf('Asia/Seoul')).toBe(zoneOf('Asia/Seoul'));
  });

  it.each(['Asia/Soul', '', '+09:00', '__proto__', 'asia/seoul'])('refuses the zone %j, naming the field', (name) => {
    expect(() => zoneOf(name)).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'timezone' }));
  });
});
