import { DEFAULT_POLICY } from '@nestjs-celery/core';
import type { SchedulePolicy } from '@nestjs-celery/core';
import type { Columns, ColumnValue } from './task-columns.js';
import { toTime } from './time-sql.js';

const COLUMNS: Readonly<Record<keyof SchedulePolicy, string>> = {
  misfire: 'misfire',
  misfireCap: 'misfire_cap',
  grace: 'grace',
  overlap: 'overlap',
  jitter: 'jitter',
  pauseUntil: 'pause_until',
  dst: 'dst',
  owner: 'owner',
};

/** What differs from the default. */
export function policyColumnsOf(policy: Partial<SchedulePolicy>): Columns {
  const all = { ...DEFAULT_POLICY, ...withoutUndefined(policy) };
  const names = Object.keys(COLUMNS) as (keyof SchedulePolicy)[];
  const differing = names.filter((name) => all[name] !== DEFAULT_POLICY[name]);
  return Object.fromEntries(differing.map((name) => [COLUMNS[name], valueOf(all[name])]));
}

function valueOf(value: SchedulePolicy[keyof SchedulePolicy]): ColumnValue {
  return value instanceof Date ? toTime(value) : value;
}

function withoutUndefined(policy: Partial<SchedulePolicy>): Partial<SchedulePolicy> {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}
