import { Interval } from '../schedules/interval.js';
import { Crontab } from '../schedules/crontab.js';
import { dueAfter, firstDue, lastDueTimes } from './due-times.js';
import type { ScheduleEntry } from './schedule-entry.js';

/** Seconds that a run of an entry with `misfire: 'skip'` may be late, where `grace` does not say. */
const DEFAULT_GRACE = 60;

/** The first due time of an entry: not before its start, nor before the end of its pause. Undefined: none, or none before it expires. */
export function nextDueOf(entry: ScheduleEntry, next = firstDue(entry.schedule, entry.since)): Date | undefined {
  const due = next && afterPause(entry, afterStart(entry, next));
  return due && entry.expires && due >= entry.expires ? undefined : due;
}

/** The due time that follows `dueAt`, of a run that was dealt with at `now`. */
export function followingDueOf(entry: ScheduleEntry, dueAt: Date, now: Date): Date | undefined {
  const next = dueAfter(entry.schedule, dueAt, now);
  return next && nextDueOf(entry, next);
}

function afterStart({ schedule, startTime }: ScheduleEntry, next: Date): Date | undefined {
  if (!startTime || next >= startTime) return next;
  return schedule instanceof Interval ? startTime : firstDue(schedule, justBefore(startTime));
}

function afterPause({ schedule, policy: { pauseUntil } }: ScheduleEntry, next: Date | undefined): Date | undefined {
  return next && pauseUntil && next < pauseUntil ? dueAfter(schedule, next, justBefore(pauseUntil)) : next;
}

const justBefore = (time: Date): Date => new Date(time.getTime() - 1);

/** When to send what is due: up to `jitter` seconds later, by a chance that is the same for every beat. */
export function sendTimeOf({ name, policy: { jitter } }: ScheduleEntry, dueAt: Date): number {
  const due = dueAt.getTime();
  return jitter > 0 ? due + Math.floor(fractionOf(`${name} ${due}`) * jitter * 1000) : due;
}

/** From 0 to below 1 (FNV-1a). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** What to do about the due times up to now. */
export interface DueRuns {
  /** To be sent. */
  readonly runs: readonly Date[];
  /** The latest of those that are too late to be sent, if there is one later than any that is sent. */
  readonly missed?: Date | undefined;
}

/** Which due times from `dueAt` to `now` to send, by the entry's policy. */
export function dueRunsOf(entry: ScheduleEntry, dueAt: Date, now: Date, cronDeadline: number | null): DueRuns {
  const { schedule, policy } = entry;
  const times = lastDueTimes(schedule, dueAt, now, policy.misfire === 'fire-all' ? policy.misfireCap : 1);
  const grace = graceOf(entry, cronDeadline);
  const runs = times.filter((time) => now.getTime() - sendTimeOf(entry, time) <= grace * 1000);
  return { runs, missed: runs.length === 0 ? times.at(-1) : undefined };
}

function graceOf({ schedule, policy: { grace, misfire } }: ScheduleEntry, cronDeadline: number | null): number {
  const ofSchedule = schedule instanceof Crontab ? cronDeadline : null;
  return grace ?? ofSchedule ?? (misfire === 'skip' ? DEFAULT_GRACE : Infinity);
}
