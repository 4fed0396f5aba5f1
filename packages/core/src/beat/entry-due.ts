import { followingDueOf, overdueTimesOf } from '../periodic-tasks/next-due.js';
import type { ScheduleEntry } from './schedule-entry.js';

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

/** Which of the due times from `dueAt` on to send, now that the time for that one has come. */
export function dueTimesOf(entry: ScheduleEntry, dueAt: Date, now: Date): readonly Date[] {
  return isWithinJitter(entry, dueAt, now) ? [dueAt] : overdueTimesOf(entry, dueAt, now);
}

/** The due time to follow one that was dealt with at `now`: the very next, if only jitter has it wait. */
export function dueTimeAfter(entry: ScheduleEntry, dueAt: Date, now: Date): Date | undefined {
  const next = entry.policy.jitter > 0 ? followingDueOf(entry, dueAt, dueAt) : undefined;
  return next && isWithinJitter(entry, next, now) ? next : followingDueOf(entry, dueAt, now);
}

/** It is not missed: jitter longer than the interval has due times overtake one another. */
function isWithinJitter({ policy: { jitter } }: ScheduleEntry, dueAt: Date, now: Date): boolean {
  return jitter > 0 && now.getTime() - dueAt.getTime() <= jitter * 1000;
}
