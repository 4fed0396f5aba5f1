import * as fc from 'fast-check';
import { CRONTAB_RANGES } from './crontab-grammar.js';
import type { CrontabFieldName } from './crontab-grammar.js';
import { CrontabPattern } from './crontab-pattern.js';
import type { CrontabValues } from './crontab-pattern.js';

const MINUTE = 60_000;

function everything(): Record<CrontabFieldName, number[]> {
  const all = Object.entries(CRONTAB_RANGES).map(([name, { first, last }]) => [
    name,
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  ]);
  return Object.fromEntries(all) as Record<CrontabFieldName, number[]>;
}

const next = (values: Partial<CrontabValues>, wall: string) => {
  const found = new CrontabPattern({ ...everything(), ...values }).next(Date.parse(`${wall}Z`));
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

/** The same by the day's fields of Date, minute by minute. */
function nextBySteps(values: CrontabValues, wall: number, limit: number): number | undefined {
  for (let minute = (Math.floor(wall / MINUTE) + 1) * MINUTE; minute <= limit; minute += MINUTE) {
    const date = new Date(minute);
    const matches =
      values.monthOfYear.includes(date.getUTCMonth() + 1) &&
      values.dayOfMonth.includes(date.getUTCDate()) &&
      values.dayOfWeek.includes(date.getUTCDay()) &&
      values.hour.includes(date.getUTCHours()) &&
      values.minute.includes(date.getUTCMinutes());
    if (matches) return minute;
  }
  return undefined;
}

describe('CrontabPattern', () => {
  it('finds the first of all minutes that match every field', () => {
    const some = (field: CrontabFieldName, minLength: number) => fc.subarray(everything()[field], { minLength });
    const values = fc.record({
      minute: some('minute', 1),
      hour: some('hour', 1),
      dayOfMonth: some('dayOfMonth', 12),
      monthOfYear: some('monthOfYear', 9),
      dayOfWeek: some('dayOfWeek', 3),
    });
    const walls = fc.date({ min: new Date('1900-01-01'), max: new Date('2110-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(values, walls, (fields, date) => {
        const found = new CrontabPattern(fields).next(date.getTime()) ?? NaN;
        const limit = Math.min(found, date.getTime() + 120 * 86_400_000);
        expect(nextBySteps(fields, date.getTime(), limit)).toBe(found === limit ? found : undefined);
      }),
      { numRuns: 200 },
    );
  });

  it('begins with the minute after, whatever the seconds', () => {
    expect(next({}, '2026-01-01T00:00:00')).toBe('2026-01-01T00:01');
    expect(next({}, '2026-01-01T00:00:59.999')).toBe('2026-01-01T00:01');
  });

  it('goes over the ends of hour, day, month and year', () => {
    expect(next({ minute: [0], hour: [0], dayOfMonth: [1], monthOfYear: [1] }, '2026-01-01T00:00')).toBe(
      '2027-01-01T00:00',
    );
    expect(next({ minute: [59], hour: [23] }, '2026-02-28T23:59')).toBe('2026-03-01T23:59');
    expect(next({ minute: [5], hour: [8, 9] }, '2026-12-31T08:05')).toBe('2026-12-31T09:05');
  });

  it('asks for day of month and weekday both: Friday the 13th', () => {
    expect(next({ minute: [0], hour: [0], dayOfMonth: [13], dayOfWeek: [5] }, '2026-03-14T00:00')).toBe(
      '2026-11-13T00:00',
    );
  });

  it('waits for a 31st, a leap year, and a 29 February on a Sunday', () => {
    const midnight = { minute: [0], hour: [0] };
    expect(next({ ...midnight, dayOfMonth: [31] }, '2026-03-31T00:00')).toBe('2026-05-31T00:00');
    expect(next({ ...midnight, dayOfMonth: [29], monthOfYear: [2] }, '2096-03-01T00:00')).toBe('2104-02-29T00:00');
    expect(next({ ...midnight, dayOfMonth: [29], monthOfYear: [2], dayOfWeek: [0] }, '2072-01-01T00:00')).toBe(
      '2088-02-29T00:00',
    );
  });

  it('works before 1970 and in the first century', () => {
    expect(next({ minute: [0], hour: [0], dayOfWeek: [0] }, '1969-07-16T13:32')).toBe('1969-07-20T00:00');
    expect(next({ minute: [0], hour: [0], dayOfMonth: [29], monthOfYear: [2] }, '0050-01-01T00:00')).toBe(
      '0052-02-29T00:00',
    );
  });

  it('ends with the calendar', () => {
    expect(new CrontabPattern({ ...everything(), monthOfYear: [12] }).next(8.64e15)).toBeGreaterThan(8.64e15);
    expect(new CrontabPattern({ ...everything(), monthOfYear: [1] }).next(8.64e15)).toBeUndefined();
  });

  it('refuses a date that never comes, naming the field', () => {
    const impossible = { dayOfMonth: [30, 31], monthOfYear: [2] };
    expect(() => next(impossible, '2026-01-01T00:00')).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'dayOfMonth' }),
    );
    expect(next({ dayOfMonth: [29, 30, 31], monthOfYear: [2] }, '2026-01-01T00:00')).toBe('2028-02-29T00:00');
  });
});
