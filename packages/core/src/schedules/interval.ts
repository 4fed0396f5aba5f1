import { InvalidSchedule } from '../errors/schedule-errors.js';
import { humanizeSeconds } from './humanize-seconds.js';
import type { Schedule } from './schedule.js';

/**
 * Every so many seconds of elapsed time: a day is 24 hours, also when the clocks change. Celery's `schedule`, which adds on
 * the wall clock instead when the last run was in a time zone with daylight saving.
 */
export class Interval implements Schedule {
  readonly #milliseconds: number;

  constructor(readonly seconds: number) {
    this.#milliseconds = Math.round(seconds * 1000);
    if (!Number.isFinite(seconds) || this.#milliseconds < 1) {
      throw new InvalidSchedule('seconds', `interval: seconds: ${seconds} is no interval: give 0.001 or more.`);
    }
  }

  resolve(): this {
    return this;
  }

  next(after: Date): Date | undefined {
    const next = new Date(after.getTime() + this.#milliseconds);
    return Number.isNaN(next.getTime()) ? undefined : next;
  }

  describe(): string {
    return `every ${humanizeSeconds(this.seconds).replace(/^1 /, '')}`;
  }
}

/**
 * A schedule of every `seconds` seconds (0.001 or more), counted from the last due time. Celery's `schedule(run_every)`.
 * @throws InvalidSchedule for anything that is not a positive number.
 */
export function interval(seconds: number): Interval {
  return new Interval(seconds);
}
