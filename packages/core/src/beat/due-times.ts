import { InvalidSchedule } from '../errors/schedule-errors.js';
import { Interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';

/** Milliseconds back from now in which to look for the latest of the times that were missed: a minute, an hour, a day, a month, a year, ten. */
const WINDOWS = [60e3, 3_600e3, 86_400e3, 31 * 86_400e3, 366 * 86_400e3, 3_660 * 86_400e3];

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

/** The last `count` due times from `dueAt` up to `now`, in their order; the steps that it takes do not grow with the time between. */
export function lastDueTimes(schedule: Schedule, dueAt: Date, now: Date, count: number): Date[] {
  if (schedule instanceof Interval && !schedule.relative) return steps(schedule, dueAt, now, count);
  for (const window of WINDOWS) {
    const from = now.getTime() - window;
    if (from <= dueAt.getTime()) break;
    const found = walk(schedule, firstDue(schedule, new Date(from)), now);
    if (found.length >= count) return found.slice(-count);
  }
  return walk(schedule, dueAt, now).slice(-count);
}

function walk(schedule: Schedule, first: Date | undefined, now: Date): Date[] {
  const found: Date[] = [];
  for (let due = first; due !== undefined && due <= now; due = firstDue(schedule, due)) found.push(due);
  return found;
}

function steps({ seconds }: Interval, dueAt: Date, now: Date, count: number): Date[] {
  const step = Math.round(seconds * 1000);
  const all = Math.floor((now.getTime() - dueAt.getTime()) / step) + 1;
  const first = Math.max(0, all - count);
  return Array.from({ length: all - first }, (_, index) => new Date(dueAt.getTime() + (first + index) * step));
}
