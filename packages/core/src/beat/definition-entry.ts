import { evaluated } from '../app/beat-lazy-func.js';
import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import { beginning } from '../periodic-tasks/counts-from.js';
import { Clocked } from '../schedules/clocked.js';
import { latestDue } from '../schedules/due-times.js';
import { Interval } from '../schedules/interval.js';
import type { CompiledDefinition } from './schedule-definition.js';
import { ScheduleEntry } from './schedule-entry.js';
import type { EntryCall } from './schedule-entry.js';

/** How far an entry of code has come. */
export interface Progress {
  /** Its last due time, or, before its first run, when it began to count. */
  readonly since: Date;
  /** `describe()` of its schedule then. */
  readonly schedule: string;
  readonly lastRunAt?: Date | undefined;
  readonly lastTaskId?: string | undefined;
  readonly totalRunCount: number;
}

/** The entry of a definition: it goes on where it was; one that is new, or whose schedule has changed, begins to count now. */
export function entryOfDefinition(
  definition: CompiledDefinition,
  progress: Progress | undefined,
  now: Date,
): ScheduleEntry {
  const { name, task, schedule, startTime, oneOff } = definition;
  return new ScheduleEntry({
    name,
    task,
    schedule,
    policy: { ...DEFAULT_POLICY, ...definition.policy },
    call: () => callOf(definition),
    oneOff: oneOff ?? schedule instanceof Clocked,
    startTime,
    since: goesOn(definition, progress, now) ? progress.since : startOf(definition, now),
    lastRunAt: progress?.lastRunAt,
    lastTaskId: progress?.lastTaskId,
    totalRunCount: progress?.totalRunCount ?? 0,
  });
}

/** A start that is still to come is where it begins, wherever it was before. */
function goesOn(
  { schedule, startTime }: CompiledDefinition,
  progress: Progress | undefined,
  now: Date,
): progress is Progress {
  if (progress?.schedule !== schedule.describe()) return false;
  return progress.totalRunCount > 0 || startTime === undefined || startTime <= now;
}

/** Nothing is sent for a start that is past: an interval is in step with it, dates count from now. */
function startOf({ schedule, startTime }: CompiledDefinition, now: Date): Date {
  if (!startTime || startTime > now) return beginning(schedule, startTime, now);
  return schedule instanceof Interval ? latestDue(schedule, startTime, now) : now;
}

/** From when an interval counts as if it had been running since 1970: whoever starts in between finds the same due time. */
export function fixedPoint(schedule: Interval, now: Date): Date {
  return latestDue(schedule, new Date(now.getTime() - (now.getTime() % schedule.milliseconds)), now);
}

function callOf({ args, kwargs, options }: CompiledDefinition): EntryCall {
  const values = args.map(evaluated);
  const named = Object.entries(kwargs).map(([name, value]) => [name, evaluated(value)]);
  return { args: values, kwargs: Object.fromEntries(named) as EntryCall['kwargs'], options };
}
