import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import { Interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';

export interface NextRunsOptions {
  readonly count: number;
  /** Only times after it. */
  readonly from: Date;
}

/** When a row is due next, by all its columns and its policy; of one that is disabled: when it would be, were it enabled at `from`. */
export function nextRunsOf(row: PeriodicTaskRow, schedule: Schedule, { count, from }: NextRunsOptions): Date[] {
  if (row.oneOff && row.enabled && row.totalRunCount > 0) return [];
  const limit = row.oneOff ? Math.min(count, 1) : count;
  const runs: Date[] = [];
  let due = firstRun(row, schedule, from);
  while (due && runs.length < limit && !(row.expires && due >= row.expires)) {
    runs.push(due);
    due = schedule.next(due);
  }
  return runs;
}

function firstRun(row: PeriodicTaskRow, schedule: Schedule, from: Date): Date | undefined {
  const first = row.enabled
    ? firstOf(row, schedule)
    : firstOf({ ...row, lastRunAt: null, dateChanged: from }, schedule);
  const due = first && row.policy?.pauseUntil ? notBefore(schedule, first, row.policy.pauseUntil) : first;
  return due && firstAfter(schedule, due, from);
}

function firstOf(row: PeriodicTaskRow, schedule: Schedule): Date | undefined {
  const { startTime, lastRunAt, dateChanged } = row;
  if (!lastRunAt) return startTime ? firstFrom(schedule, startTime) : schedule.next(dateChanged);
  const next = schedule.next(countsFrom(row, schedule, lastRunAt));
  return next && startTime && next < startTime ? firstFrom(schedule, startTime) : next;
}

/** What the next due time is counted from: the last one, unless somebody else has run the row since, or its schedule is another now. */
function countsFrom({ state, dateChanged }: PeriodicTaskRow, schedule: Schedule, lastRunAt: Date): Date {
  if (state?.sentAt.getTime() !== lastRunAt.getTime()) return lastRunAt;
  if (state.schedule === schedule.describe()) return state.lastDueAt;
  return dateChanged > lastRunAt ? dateChanged : lastRunAt;
}

/** An interval begins with its start; a schedule of dates has its first from there on. */
function firstFrom(schedule: Schedule, startTime: Date): Date | undefined {
  return schedule instanceof Interval ? startTime : schedule.next(justBefore(startTime));
}

function notBefore(schedule: Schedule, due: Date, time: Date): Date | undefined {
  return due >= time ? due : firstAfter(schedule, due, justBefore(time));
}

/** The first due time after `time`, in step with `due`. */
function firstAfter(schedule: Schedule, due: Date, time: Date): Date | undefined {
  if (due > time) return due;
  if (!(schedule instanceof Interval)) return schedule.next(time);
  const step = Math.max(1, Math.round(schedule.seconds * 1000));
  const steps = Math.floor((time.getTime() - due.getTime()) / step) + 1;
  return new Date(due.getTime() + steps * step);
}

function justBefore(time: Date): Date {
  return new Date(time.getTime() - 1);
}
