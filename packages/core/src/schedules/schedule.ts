/** When something is due. Immutable; `next` is pure. */
export interface Schedule {
  /** A schedule without a time zone of its own takes the application's. */
  resolve(defaults: { timezone: string }): Schedule;
  /** The first time after `after`, or undefined when there is none. */
  next(after: Date): Date | undefined;
  /** In words, for logs: `every 30 seconds`. */
  describe(): string;
}

/** Seconds, or a schedule. */
export type ScheduleInput = number | Schedule;
