import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { Schedule } from '../schedules/schedule.js';

/** What an entry consists of. */
export interface ScheduleEntryFields {
  readonly name: string;
  readonly task: string;
  readonly schedule: Schedule;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<ApplyAsyncOptions>;
  /** When it was last sent; before its first run, since when it has been waiting. */
  readonly lastRunAt: Date;
  readonly totalRunCount: number;
}

/** A task on a schedule, and how far it has come. Immutable: a run makes a new one. Celery's `ScheduleEntry`. */
export class ScheduleEntry implements ScheduleEntryFields {
  readonly name: string;
  readonly task: string;
  readonly schedule: Schedule;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<ApplyAsyncOptions>;
  readonly lastRunAt: Date;
  readonly totalRunCount: number;

  constructor(fields: ScheduleEntryFields) {
    this.name = fields.name;
    this.task = fields.task;
    this.schedule = fields.schedule;
    this.args = fields.args;
    this.kwargs = fields.kwargs;
    this.options = fields.options;
    this.lastRunAt = fields.lastRunAt;
    this.totalRunCount = fields.totalRunCount;
  }

  /** The entry after a run at `now`. */
  ranAt(now: Date): ScheduleEntry {
    return new ScheduleEntry({ ...this, lastRunAt: now, totalRunCount: this.totalRunCount + 1 });
  }
}
