import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { PeriodicTaskFields, PeriodicTaskRow, SchedulePolicy, ScheduleRow } from '../contracts/periodic-tasks.js';
import type { ScheduleDefaults } from '../schedules/schedule.js';
import { problemsOf, scheduleOfRow, scheduleProblems } from './check-fields.js';
import type { FieldProblems } from './check-policy.js';
import { readArray, readObject } from './json-columns.js';
import { nextRunsOf } from './next-runs.js';

/** A periodic task for people: arguments as values, the policy with its defaults, when it is due next. */
export interface PeriodicTask extends Omit<PeriodicTaskFields, 'schedules' | 'args' | 'kwargs' | 'headers'> {
  readonly id: number;
  /** Null in a row of somebody else's that has none; the first of several. */
  readonly schedule: ScheduleRow | null;
  /** In words: `every 30 seconds`. Null when the schedule cannot be. */
  readonly scheduleText: string | null;
  /** Empty when the column is no JSON. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly policy: SchedulePolicy;
  readonly lastRunAt: Date | null;
  readonly totalRunCount: number;
  readonly dateChanged: Date;
  /** Null when it is disabled, over, or cannot be used. In the past: it is overdue, and a beat sends it at once. */
  readonly nextRunAt: Date | null;
  /** Why beat does not send it, by field: somebody else wrote it. Empty: it is fine. */
  readonly problems: FieldProblems;
}

/** What users see of a row. */
export function periodicTaskOf(row: PeriodicTaskRow, defaults: ScheduleDefaults, now: Date): PeriodicTask {
  const { schedules, args, kwargs, headers, policy, state: _state, ...columns } = row;
  const ofFields = problemsOf(row);
  const ofSchedule = scheduleProblems(row, defaults);
  const problems = { ...ofFields, ...ofSchedule };
  const schedule = isEmpty(ofSchedule) ? scheduleOfRow(row, defaults) : undefined;
  const isUsable = schedule && row.enabled && isEmpty(problems);
  return {
    ...columns,
    schedule: schedules[0] ?? null,
    scheduleText: schedule?.describe() ?? null,
    args: ofFields['args'] ? [] : readArray(args),
    kwargs: ofFields['kwargs'] ? {} : readObject(kwargs),
    headers: ofFields['headers'] ? {} : readObject(headers),
    policy: { ...DEFAULT_POLICY, ...policy },
    nextRunAt: (isUsable && nextRunsOf(row, schedule, { count: 1, now })[0]) || null,
    problems,
  };
}

function isEmpty(problems: FieldProblems): boolean {
  return Object.keys(problems).length === 0;
}
