import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import type { Schedule } from '../schedules/schedule.js';

/** What is sent. */
export interface EntryCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<ApplyAsyncOptions>;
}

/** What an entry consists of. */
export interface ScheduleEntryFields {
  readonly name: string;
  readonly task: string;
  readonly schedule: Schedule;
  readonly policy: SchedulePolicy;
  /** Made anew for each run: arguments may be lazy, and those of a hundred thousand rows stay text until then. */
  readonly call: () => EntryCall;
  /** The row that it comes from. */
  readonly rowId?: number | undefined;
  /** It is over after one run. */
  readonly oneOff: boolean;
  readonly startTime?: Date | undefined;
  /** It is over then, and disabled. */
  readonly expires?: Date | undefined;
  /** The due time of its last run, or what stands for it in an entry that has not run: the next one counts from here. */
  readonly since: Date;
  /** When it was last sent. */
  readonly lastRunAt?: Date | undefined;
  /** The id of that run. */
  readonly lastTaskId?: string | undefined;
  readonly totalRunCount: number;
}

/** A run, as far as an entry remembers it. */
export interface EntryRun {
  readonly dueAt: Date;
  readonly at: Date;
  readonly taskId: string;
}

/** A task on a schedule, and how far it has come. Immutable: a run makes a new one. Celery's `ScheduleEntry`. */
export class ScheduleEntry implements ScheduleEntryFields {
  readonly name: string;
  readonly task: string;
  readonly schedule: Schedule;
  readonly policy: SchedulePolicy;
  readonly call: () => EntryCall;
  readonly rowId: number | undefined;
  readonly oneOff: boolean;
  readonly startTime: Date | undefined;
  readonly expires: Date | undefined;
  readonly since: Date;
  readonly lastRunAt: Date | undefined;
  readonly lastTaskId: string | undefined;
  readonly totalRunCount: number;

  constructor(fields: ScheduleEntryFields) {
    this.name = fields.name;
    this.task = fields.task;
    this.schedule = fields.schedule;
    this.policy = fields.policy;
    this.call = fields.call;
    this.rowId = fields.rowId;
    this.oneOff = fields.oneOff;
    this.startTime = fields.startTime;
    this.expires = fields.expires;
    this.since = fields.since;
    this.lastRunAt = fields.lastRunAt;
    this.lastTaskId = fields.lastTaskId;
    this.totalRunCount = fields.totalRunCount;
  }

  /** The entry after a run, which may have been due before an edit that the entry counts from. */
  ran({ dueAt, at, taskId }: EntryRun): ScheduleEntry {
    return new ScheduleEntry({
      ...this,
      since: later(this.since, dueAt),
      lastRunAt: at,
      lastTaskId: taskId,
      totalRunCount: this.totalRunCount + 1,
    });
  }

  /** The entry after a due time that was left out. */
  passed(dueAt: Date): ScheduleEntry {
    return this.from(later(this.since, dueAt));
  }

  /** The entry, counting from another time. */
  from(since: Date): ScheduleEntry {
    return new ScheduleEntry({ ...this, since });
  }

  /**
   * An edited entry, with what this one knows of its runs: that may not have been written when the edit was read.
   * One whose schedule has changed counts from the edit, so that it does not fire for times that were none of its own.
   */
  edited(edit: ScheduleEntry, now: Date): ScheduleEntry {
    if (edit.rowId !== this.rowId) return edit;
    const { lastRunAt, lastTaskId, totalRunCount } = this;
    if (!lastRunAt) return this.#startsAlike(edit) ? edit.from(this.since) : edit;
    return new ScheduleEntry({ ...edit, lastRunAt, lastTaskId, totalRunCount, since: this.#sinceAfter(edit, now) });
  }

  /** Only a run that somebody else has written moves it on: an edit says when the row was saved, which may be for anything. */
  #sinceAfter(edit: ScheduleEntry, now: Date): Date {
    if (!edit.schedule.equals(this.schedule)) return later(edit.since, now);
    const isRun = edit.lastRunAt && this.lastRunAt && edit.lastRunAt > this.lastRunAt;
    return isRun ? later(this.since, edit.since) : this.since;
  }

  #startsAlike(edit: ScheduleEntry): boolean {
    return edit.schedule.equals(this.schedule) && edit.startTime?.getTime() === this.startTime?.getTime();
  }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
