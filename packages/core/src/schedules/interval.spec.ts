import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { interval } from './interval.js';

interface IntervalCase {
  id: string;
  seconds: number;
  after: string;
  now: string;
  next: string;
  isDue: boolean;
  checkIn: number;
}

const oracle = JSON.parse(
  readFileSync(new URL('../../../../test/data/oracle/interval.json', import.meta.url), 'utf8'),
) as { cases: IntervalCase[] };

describe('interval', () => {
  it('answers as Celery does', () => {
    const wrong = oracle.cases.filter(({ seconds, after, now, ...celery }) => {
      const next = interval(seconds).next(new Date(after));
      const wait = ((next?.getTime() ?? NaN) - new Date(now).getTime()) / 1000;
      const sameWait = Math.abs((wait <= 0 ? seconds : wait) - celery.checkIn) <= 0.001;
      return next?.getTime() !== new Date(celery.next).getTime() || wait <= 0 !== celery.isDue || !sameWait;
    });
    expect(wrong).toEqual([]);
    expect(oracle.cases.length).toBeGreaterThan(90);
  });

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
    );
  });

  it('counts elapsed time, also when the clocks change', () => {
    expect(interval(86_400).next(new Date('2026-03-28T12:00:00Z'))).toEqual(new Date('2026-03-29T12:00:00Z'));
  });

  it('has no next time past the end of the calendar', () => {
    expect(interval(1).next(new Date(8.64e15))).toBeUndefined();
    expect(interval(Number.MAX_VALUE).next(new Date())).toBeUndefined();
  });

  it.each([0, -1, NaN, Infinity, 0.0004, '30'])('refuses %p seconds', (seconds) => {
    expect(() => interval(seconds as number)).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'seconds' }),
    );
  });

  it('is the same in every time zone', () => {
    const schedule = interval(30);
    expect(schedule.resolve()).toBe(schedule);
  });

  it('describes itself in words', () => {
    expect([30, 1, 60, 86_400, 90].map((seconds) => interval(seconds).describe())).toEqual([
      'every 30 seconds',
      'every second',
      'every minute',
      'every day',
      'every 90 seconds',
    ]);
  });
});
