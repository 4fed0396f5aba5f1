import { InvalidSchedule } from '../errors/schedule-errors.js';
import { Interval } from './interval.js';
import type { Schedule } from './schedule.js';

const MINUTE = 60_000;

/**
 * The first due time after `after`, checked: a schedule of the user's own that does not advance would have beat send for ever.
 * @throws InvalidSchedule
 */
export function firstDue(schedule: Schedule, after: Date): Date | undefined {
  const next = schedule.next(after);
  if (next === undefined || next > after) return next;
  throw new InvalidSchedule('schedule', `next(${String(after)}) gave ${String(next)}, which is not later.`);
}

/** The first due time after `now` in the row that `dueAt` belongs to: an interval keeps step over a time in which nothing was sent. */
export function dueAfter(schedule: Schedule, dueAt: Date, now: Date): Date | undefined {
  const next = firstDue(schedule, dueAt);
  if (next === undefined || next > now) return next;
  return firstDue(schedule, latestDue(schedule, dueAt, now));
}

/** The latest due time up to `now`, of which `dueAt` is the first. */
export function latestDue(schedule: Schedule, dueAt: Date, now: Date): Date {
  return lastDueTimes(schedule, dueAt, now, 1)[0] ?? dueAt;
}

/**
 * The last `count` due times from `dueAt` up to `now`, in their order. What that costs grows with `count` and hardly with the time between:
 * windows back from now are tried until one is long enough; those with many more due times are given up half way.
 */
export function lastDueTimes(schedule: Schedule, dueAt: Date, now: Date, count: number): Date[] {
  if (schedule instanceof Interval && !schedule.relative) return lastSteps(schedule, dueAt, now, count);
  const age = now.getTime() - dueAt.getTime();
  // As many as twice a window that was too short may have.
  const most = 2 * count;
  let [tooShort, tooLong] = [0, Infinity];
  for (let window = Math.min(MINUTE, age); ; window = windowBetween(tooShort, tooLong)) {
    const from = new Date(now.getTime() - window);
    const found = walk(schedule, window < age ? firstDue(schedule, from) : dueAt, now, most);
    if (found.length > most) tooLong = window;
    else if (found.length >= count || window >= age || tooLong - tooShort <= 1) return found.slice(-count);
    else tooShort = window;
  }
}

function windowBetween(tooShort: number, tooLong: number): number {
  return tooLong === Infinity ? 2 * tooShort : Math.floor((tooShort + tooLong) / 2);
}

/** From `first` up to `now`; of more than `most`, the first of them. */
function walk(schedule: Schedule, first: Date | undefined, now: Date, most: number): Date[] {
  const found: Date[] = [];
  for (let due = first; due !== undefined && due <= now; due = firstDue(schedule, due)) {
    found.push(due);
    if (found.length > most) break;
  }
  return found;
}

function lastSteps({ milliseconds }: Interval, dueAt: Date, now: Date, count: number): Date[] {
  const all = Math.floor((now.getTime() - dueAt.getTime()) / milliseconds) + 1;
  const first = Math.max(0, all - count);
  const stepOf = (index: number): Date => new Date(dueAt.getTime() + (first + index) * milliseconds);
  return Array.from({ length: all - first }, (_, index) => stepOf(index));
}
