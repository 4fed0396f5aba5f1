/**
 * What happens to a reading of the wall clock that is left out or comes twice when clocks are changed.
 *
 * 'celery', as Celery does it: what is left out runs that much later (01:30 of a missing hour at 02:30); what comes twice runs the first
 * time, so that `*\/30 * * * *` rests for the hour that is repeated.
 *
 * 'wall', nothing skipped and nothing doubled. A crontab that names hours runs once at each of its readings: those that are left out at the
 * first instant after the gap (at 02:00, together), those that come twice the first time. A crontab of every hour (`hour: '*'`) runs
 * whenever the clock shows one of its readings, also when it shows it again, because its hours are those that go by.
 */
export type DstPolicy = 'celery' | 'wall';

/** What a schedule that does not say takes from the application. */
export interface ScheduleDefaults {
  readonly timezone: string;
  /** @default 'celery' */
  readonly dst?: DstPolicy;
}

/** Celery's `schedstate`: whether to send now, and when to look again. */
export interface DueState {
  readonly isDue: boolean;
  /** Seconds until the next check: a due schedule says when it is due next. */
  readonly next: number;
}

export interface IsDueOptions {
  /** Seconds: a due time that is longer ago is not made up for. Celery's `beat_cron_starting_deadline`. @default no limit */
  readonly deadline?: number | undefined;
}

/** When something is due. Immutable; `next` is pure. A schedule of your own extends `BaseSchedule`. Celery's `BaseSchedule`. */
export interface Schedule {
  /** A schedule without a time zone of its own takes the application's. */
  resolve(defaults: ScheduleDefaults): Schedule;
  /** The first time after `after`; undefined when there is none, and for an invalid date. */
  next(after: Date): Date | undefined;
  /** Whether it is due at `now` for one that ran last at `lastRunAt`. What was missed in between is one run. Celery's `is_due`. */
  isDue(lastRunAt: Date, now: Date, options?: IsDueOptions): DueState;
  /** In words, for logs: `every 30 seconds`. Two schedules that say the same are equal. */
  describe(): string;
  /** Whether both are always due at the same times, as far as their fields tell. */
  equals(other: Schedule): boolean;
}

/** Seconds, or a schedule. */
export type ScheduleInput = number | Schedule;
