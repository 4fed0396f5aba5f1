import type { DueState, IsDueOptions, Schedule, ScheduleDefaults } from './schedule.js';

/** What `isDue` answers for "never again", in seconds. django-celery-beat's `NEVER_CHECK_TIMEOUT`. */
export const NEVER_CHECK = 100_000_000;

/**
 * The start of a schedule of your own: say when it is due next, and describe it. Celery's `BaseSchedule`.
 * `next` must be pure, and always later than what it is asked for.
 */
export abstract class BaseSchedule implements Schedule {
  abstract next(after: Date): Date | undefined;

  abstract describe(): string;

  resolve(_defaults: ScheduleDefaults): Schedule {
    return this;
  }

  isDue(lastRunAt: Date, now: Date, options: IsDueOptions = {}): DueState {
    const due = this.next(lastRunAt);
    if (due === undefined || due > now) return { isDue: false, next: secondsUntil(due, now) };
    return { isDue: this.#isWithinDeadline(lastRunAt, now, options), next: secondsUntil(this.next(now), now) };
  }

  equals(other: Schedule): boolean {
    return this.describe() === other.describe();
  }

  /** The latest of all that was missed decides. */
  #isWithinDeadline(lastRunAt: Date, now: Date, { deadline }: IsDueOptions): boolean {
    if (deadline === undefined) return true;
    const earliest = now.getTime() - deadline * 1000 - 1;
    const due = this.next(new Date(Math.max(lastRunAt.getTime(), earliest)));
    return due !== undefined && due <= now;
  }
}

/** From `now` on, in seconds. */
export function secondsUntil(due: Date | undefined, now: Date): number {
  return due === undefined ? NEVER_CHECK : (due.getTime() - now.getTime()) / 1000;
}
