import type { PeriodicTaskChange } from '@nestjs-celery/core';
import { toTime } from './time-sql.js';

export type ColumnValue = string | number | boolean | null;

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnValue>>;

/** What Django's models put where nothing is said: the tables themselves have no defaults. */
export const COLUMN_DEFAULTS: Columns = {
  args: '[]',
  kwargs: '{}',
  headers: '{}',
  one_off: false,
  enabled: true,
  total_run_count: 0,
  description: '',
};

/** The columns that a change writes into the task itself, as Django's `save` leaves them. */
export function columnsOf(change: PeriodicTaskChange): Columns {
  const { expires, startTime, lastRunAt, headers } = change;
  const columns = {
    name: change.name,
    task: change.task,
    args: change.args,
    kwargs: change.kwargs,
    headers: headers === '' ? '{}' : headers,
    queue: orNull(change.queue),
    exchange: orNull(change.exchange),
    routing_key: orNull(change.routingKey),
    priority: change.priority,
    expires: expires && toTime(expires),
    expire_seconds: change.expireSeconds,
    one_off: change.oneOff,
    start_time: startTime && toTime(startTime),
    enabled: change.enabled,
    description: change.description,
    last_run_at: lastRunAt ? toTime(lastRunAt) : noLastRun(change),
    total_run_count: change.totalRunCount,
  };
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, ColumnValue] => entry[1] !== undefined),
  );
}

/** A task that is disabled begins anew when it is enabled, unless the caller knows better. */
function noLastRun({ enabled, lastRunAt }: PeriodicTaskChange): null | undefined {
  return lastRunAt === null || enabled === false ? null : undefined;
}

function orNull(text: string | null | undefined): string | null | undefined {
  return text === '' ? null : text;
}
