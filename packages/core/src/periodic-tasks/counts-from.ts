import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import { Clocked } from '../schedules/clocked.js';
import { Interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';

/**
 * From when the next due time of a row counts. The due time of our own last run is exact; `last_run_at` is when Django's beat, or a person, says
 * that it ran. A schedule that has changed since our run counts from the change.
 */
export function rowCountsFrom(row: PeriodicTaskRow, schedule: Schedule): Date {
  const { lastRunAt, state, dateChanged, startTime } = row;
  if (!lastRunAt) return beginning(schedule, startTime ?? undefined, unsentSince(schedule, dateChanged));
  if (state?.sentAt.getTime() !== lastRunAt.getTime()) return lastRunAt;
  if (state.schedule === schedule.describe()) return state.lastDueAt;
  return dateChanged > lastRunAt ? dateChanged : lastRunAt;
}

/** A clocked task that was made too late is sent at once, as in Django: `now()` is past when it is saved. */
function unsentSince(schedule: Schedule, dateChanged: Date): Date {
  const isPast = schedule instanceof Clocked && schedule.clockedTime <= dateChanged;
  return isPast ? new Date(schedule.clockedTime.getTime() - 1) : dateChanged;
}

/** From when counts what has never run: its first due time is its start, or, of a schedule of dates, the first from there on. */
export function beginning(schedule: Schedule, startTime: Date | undefined, made: Date): Date {
  if (!startTime) return made;
  return new Date(startTime.getTime() - (schedule instanceof Interval ? schedule.milliseconds : 1));
}
