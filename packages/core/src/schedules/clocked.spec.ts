import { NEVER_CHECK } from './base-schedule.js';
import { clocked } from './clocked.js';
import { interval } from './interval.js';

const TIME = new Date('2026-01-01T12:00:00Z');

describe('clocked', () => {
  it('is next at its time, and never after', () => {
    expect(clocked(TIME).next(new Date('2025-01-01'))).toEqual(TIME);
    expect(clocked(TIME).next(TIME)).toBeUndefined();
    expect(clocked(TIME).next(new Date(NaN))).toBeUndefined();
  });

  it('is due from its time on, whenever it ran last', () => {
    expect(clocked(TIME).isDue(new Date(0), new Date('2026-01-01T11:59:30Z'))).toEqual({ isDue: false, next: 30 });
    expect(clocked(TIME).isDue(new Date(0), TIME)).toEqual({ isDue: true, next: NEVER_CHECK });
    expect(clocked(TIME).isDue(new Date('2026-06-01'), new Date('2026-07-01'))).toEqual({
      isDue: true,
      next: NEVER_CHECK,
    });
  });

  it('is not due past a deadline', () => {
    const now = new Date('2026-01-01T12:01:00Z');
    expect(clocked(TIME).isDue(TIME, now, { deadline: 60 }).isDue).toBe(true);
    expect(clocked(TIME).isDue(TIME, now, { deadline: 59 })).toEqual({ isDue: false, next: NEVER_CHECK });
  });

  it('keeps its time when the date that it was given changes', () => {
    const date = new Date(TIME);
    const schedule = clocked(date);
    date.setFullYear(2030);
    schedule.next(new Date(0))?.setFullYear(2030);
    expect(schedule.clockedTime).toEqual(TIME);
  });

  it('describes itself, and equals another of the same time', () => {
    expect(clocked(TIME).describe()).toBe('clocked 2026-01-01T12:00:00.000Z');
    expect(clocked(TIME).equals(clocked(new Date(TIME)))).toBe(true);
    expect(clocked(TIME).equals(clocked(new Date(0)))).toBe(false);
    expect(clocked(TIME).equals(interval(1))).toBe(false);
  });

  it.each([[new Date(NaN)], ['2026-01-01'], [undefined], [0]])('refuses %p', (date) => {
    expect(() => clocked(date as Date)).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'clockedTime' }),
    );
  });
});
