import { InvalidSchedule } from '../errors/schedule-errors.js';
import type { Schedule } from '../schedules/schedule.js';

/**
 * The first due time after `after`, checked: a schedule of the user's own that does not advance would have beat send for ever.
 * @throws InvalidSchedule
 */
export function firstDue(schedule: Schedule, after: Date): Date | undefined {
  const next = schedule.next(after);
  if (next === undefined || next > after) return next;
  throw new InvalidSchedule('schedule', `next(${String(after)}) gave ${String(next)}, which is not later.`);
}

/**
 * The due time to follow `lastDue`. It counts from there, not from when that run was sent, so that an interval does not drift.
 * What was missed by `now` has been made up for by one run; then it counts from `now`.
 */
export function followingDue(schedule: Schedule, lastDue: Date, now: Date): Date | undefined {
  const next = firstDue(schedule, lastDue);
  return next === undefined || next > now ? next : firstDue(schedule, now);
}
