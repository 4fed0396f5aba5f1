import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BaseSchedule, NEVER_CHECK, secondsUntil } from './base-schedule.js';
import type { DueState, IsDueOptions, Schedule } from './schedule.js';

/** Once, at an instant. django-celery-beat's `clocked`. */
export class Clocked extends BaseSchedule {
  readonly clockedTime: Date;

  /** @throws InvalidSchedule for an invalid date. */
  constructor(clockedTime: Date) {
    super();
    if (!(clockedTime instanceof Date) || Number.isNaN(clockedTime.getTime())) {
      throw new InvalidSchedule('clockedTime', `clocked: clockedTime: ${String(clockedTime)} is no date.`);
    }
    this.clockedTime = new Date(clockedTime);
  }

  next(after: Date): Date | undefined {
    return this.clockedTime > after ? new Date(this.clockedTime) : undefined;
  }

  /** Due from then on, whenever it ran last, as in django-celery-beat: its entry is a one-off. */
  override isDue(_lastRunAt: Date, now: Date, { deadline = Infinity }: IsDueOptions = {}): DueState {
    const wait = secondsUntil(this.clockedTime, now);
    return wait > 0 ? { isDue: false, next: wait } : { isDue: -wait <= deadline, next: NEVER_CHECK };
  }

  describe(): string {
    return `clocked ${this.clockedTime.toISOString()}`;
  }

  override equals(other: Schedule): boolean {
    return other instanceof Clocked && this.clockedTime.getTime() === other.clockedTime.getTime();
  }
}

/**
 * A schedule that is due once, at `clockedTime`. Celery's counterpart is django-celery-beat's clocked schedule.
 * @throws InvalidSchedule for an invalid date.
 */
export function clocked(clockedTime: Date): Clocked {
  return new Clocked(clockedTime);
}
