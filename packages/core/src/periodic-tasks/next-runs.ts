import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import type { Schedule } from '../schedules/schedule.js';
import { rowCountsFrom } from './counts-from.js';
import { followingDueOf, nextDueOf, overdueTimesOf } from './next-due.js';
import type { DueRules } from './next-due.js';

export interface NextRunsOptions {
  readonly count: number;
  /** What is due by now and was not sent comes first: a beat sends it at once. */
  readonly now: Date;
  /** When that is later: only times after it. @default now */
  readonly from?: Date;
}

/**
 * The due times that beat is going to send a row for, by all its columns and its policy, without grace and jitter; of one that is disabled:
 * those that it would have, were it enabled at `from`.
 */
export function nextRunsOf(row: PeriodicTaskRow, schedule: Schedule, options: NextRunsOptions): Date[] {
  const { count, now, from = now } = options;
  if (!row.enabled) return take(count, runsOf(rulesOf(enabledAt(row, from), schedule), from, from));
  if (row.oneOff && row.totalRunCount > 0) return [];
  return take(count, runsOf(rulesOf(row, schedule), now, from));
}

function enabledAt(row: PeriodicTaskRow, time: Date): PeriodicTaskRow {
  return { ...row, lastRunAt: null, dateChanged: time };
}

function rulesOf(row: PeriodicTaskRow, schedule: Schedule): DueRules {
  const { oneOff, startTime, expires, policy } = row;
  return {
    schedule,
    since: rowCountsFrom(row, schedule),
    startTime: startTime ?? undefined,
    expires: expires ?? undefined,
    oneOff,
    policy: { ...DEFAULT_POLICY, ...policy },
  };
}

function* runsOf(rules: DueRules, now: Date, from: Date): Generator<Date> {
  const first = nextDueOf(rules);
  if (!first) return;
  const seen = from > now ? from : now;
  if (first > seen) yield first;
  else if (from <= now) yield* overdueTimesOf(rules, first, now);
  if (rules.oneOff) return;
  let due = followingDueOf(rules, first, first > seen ? first : seen);
  for (; due; due = followingDueOf(rules, due, due)) yield due;
}

function take<T>(count: number, values: Iterable<T>): T[] {
  const taken: T[] = [];
  if (count > 0) for (const value of values) if (taken.push(value) >= count) break;
  return taken;
}
