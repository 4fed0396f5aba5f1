import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import { dueAfter, firstDue, lastDueTimes } from '../schedules/due-times.js';
import { Interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';

/** What the due times of a periodic task depend on. */
export interface DueRules {
  readonly schedule: Schedule;
  /** The next one counts from here. */
  readonly since: Date;
  readonly startTime?: Date | undefined;
  readonly expires?: Date | undefined;
  readonly oneOff: boolean;
  readonly policy: Pick<SchedulePolicy, 'misfire' | 'misfireCap' | 'pauseUntil'>;
}

/** The first due time: not before the start, nor before the end of a pause. Undefined: none, or none before it expires. */
export function nextDueOf(rules: DueRules): Date | undefined {
  return withinLimits(rules, firstDue(rules.schedule, rules.since));
}

/** The due time that follows `dueAt`, of a run that was dealt with at `now`. */
export function followingDueOf(rules: DueRules, dueAt: Date, now: Date): Date | undefined {
  return withinLimits(rules, dueAfter(rules.schedule, dueAt, now));
}

/** What is made up for of the due times from `dueAt` to `now`: the latest, or with `fire-all` so many as its cap. */
export function overdueTimesOf(rules: DueRules, dueAt: Date, now: Date): Date[] {
  const { schedule, expires, oneOff, policy } = rules;
  const count = policy.misfire === 'fire-all' && !oneOff ? policy.misfireCap : 1;
  return lastDueTimes(schedule, dueAt, expires && expires <= now ? justBefore(expires) : now, count);
}

function withinLimits(rules: DueRules, next: Date | undefined): Date | undefined {
  const due = afterPause(rules, next && afterStart(rules, next));
  return due && rules.expires && due >= rules.expires ? undefined : due;
}

function afterStart({ schedule, startTime }: DueRules, next: Date): Date | undefined {
  if (!startTime || next >= startTime) return next;
  return schedule instanceof Interval ? startTime : firstDue(schedule, justBefore(startTime));
}

function afterPause({ schedule, policy: { pauseUntil } }: DueRules, next: Date | undefined): Date | undefined {
  return next && pauseUntil && next < pauseUntil ? dueAfter(schedule, next, justBefore(pauseUntil)) : next;
}

const justBefore = (time: Date): Date => new Date(time.getTime() - 1);
