import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BaseSchedule } from './base-schedule.js';
import { humanizeSeconds } from './humanize-seconds.js';
import { secondsOf } from './interval-options.js';
import type { IntervalOptions, RelativeOptions } from './interval-options.js';
import type { DueState, IsDueOptions, ScheduleDefaults } from './schedule.js';
import { zoneOf } from './zone.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Every so many seconds of elapsed time: a day is 24 hours, also when the clocks change. Celery's `schedule`, which adds on
 * the wall clock instead when the last run was in a time zone with daylight saving. Counted in milliseconds, at least one.
 */
export class Interval extends BaseSchedule {
  readonly relative: boolean;
  /** Of a `relative` one: undefined as long as it has none of its own and is not resolved. */
  readonly timezone: string | undefined;
  /** Its length as it counts: whole ones, at least one. */
  readonly milliseconds: number;

  /** @throws InvalidSchedule for what is no positive number, or no time zone. */
  constructor(
    /** As given, also when that is less than a millisecond. */
    readonly seconds: number,
    { relative = false, timezone }: RelativeOptions = {},
  ) {
    super();
    if (!Number.isFinite(seconds) || seconds <= 0) {
      throw new InvalidSchedule('seconds', `interval: seconds: ${seconds} is no interval: give more than 0.`);
    }
    if (timezone !== undefined) zoneOf(timezone);
    this.relative = relative;
    this.timezone = timezone;
    this.milliseconds = Math.max(1, Math.round(seconds * SECOND));
  }

  override resolve({ timezone }: Pick<ScheduleDefaults, 'timezone'>): Interval {
    return this.relative && this.timezone === undefined
      ? new Interval(this.seconds, { relative: true, timezone })
      : this;
  }

  next(after: Date): Date | undefined {
    const end = this.#endOf(after.getTime());
    const next = new Date(end > after.getTime() ? end : after.getTime() + this.milliseconds);
    return Number.isNaN(next.getTime()) ? undefined : next;
  }

  /** As Celery: a due one is due again after a whole interval. Below a second, a relative one ends before it begins and is always due. */
  override isDue(lastRunAt: Date, now: Date, { deadline = Infinity }: IsDueOptions = {}): DueState {
    const late = now.getTime() - this.#endOf(lastRunAt.getTime());
    if (late < 0) return { isDue: false, next: -late / SECOND };
    const sinceLatest = late % this.milliseconds;
    if (sinceLatest <= deadline * SECOND) return { isDue: true, next: this.seconds };
    return { isDue: false, next: (this.milliseconds - sinceLatest) / SECOND };
  }

  describe(): string {
    const every = `every ${humanizeSeconds(this.milliseconds / SECOND).replace(/^1 /, '')}`;
    return this.relative ? `${every}, relative (${this.timezone ?? 'UTC'})` : every;
  }

  /** The end of the interval that begins at `start`. */
  #endOf(start: number): number {
    const end = start + this.milliseconds;
    if (!this.relative || Number.isNaN(new Date(end).getTime())) return end;
    const zone = zoneOf(this.timezone ?? 'UTC');
    if (this.milliseconds < DAY) return end - modulo(end + zone.offsetAt(end), this.#resolution());
    // A day may have 23 or 25 hours: only on the wall clock does the end stay on its own day.
    const wall = start + zone.offsetAt(start) + this.milliseconds;
    return zone.firstInstantOf(wall - modulo(wall, DAY));
  }

  #resolution(): number {
    if (this.milliseconds >= HOUR) return HOUR;
    return this.milliseconds >= MINUTE ? MINUTE : SECOND;
  }
}

function modulo(number: number, divisor: number): number {
  return ((number % divisor) + divisor) % divisor;
}

/**
 * A schedule of every so often, counted from the last due time: `interval(30)`, `interval({ every: 10, period: 'minutes' })`,
 * `interval({ hours: 1, minutes: 30 })`. Less than a millisecond is a millisecond. Celery's `schedule(run_every, relative)`.
 * @throws InvalidSchedule naming the field, for anything that is not more than 0.
 */
export function interval(every: number | IntervalOptions): Interval {
  if (typeof every === 'number') return new Interval(every);
  return new Interval(secondsOf(every), every);
}
