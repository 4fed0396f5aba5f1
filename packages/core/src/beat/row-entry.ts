import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { Headers } from '../contracts/broker.js';
import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { problemsOf } from '../periodic-tasks/check-fields.js';
import type { FieldProblems } from '../periodic-tasks/check-policy.js';
import { rowCountsFrom } from '../periodic-tasks/counts-from.js';
import { readArray, readObject } from '../periodic-tasks/json-columns.js';
import type { ScheduleCache } from './schedule-cache.js';
import { ScheduleEntry } from './schedule-entry.js';
import type { EntryCall, ScheduleEntryFields } from './schedule-entry.js';
import { SharedValues } from './shared-values.js';

/** What a row is: an entry, or what is wrong with it. */
export type ReadRow = { readonly entry: ScheduleEntry } | { readonly problems: FieldProblems };

/** Options of a call that an entry of code has and the table has no column for, by the entry's name. */
export type CodeOptions = ReadonlyMap<string, ApplyAsyncOptions>;

/** Reads a row, which anybody may have written. */
export function readRow(
  row: PeriodicTaskRow,
  schedules: ScheduleCache,
  codeOptions: CodeOptions,
  shared = new SharedValues(),
): ReadRow {
  const problems = problemsOf(row);
  const [scheduleRow] = row.schedules;
  if (Object.keys(problems).length > 0 || !scheduleRow) return { problems };
  try {
    const policy = row.policy ? { ...DEFAULT_POLICY, ...row.policy } : DEFAULT_POLICY;
    const schedule = schedules.get(scheduleRow, policy.dst);
    const besides = policy.owner === 'user' ? undefined : codeOptions.get(row.name);
    const options = besides || row.expires ? optionsOf(row, besides) : shared.options(row, () => optionsOf(row));
    return {
      entry: entryOf(row, { schedule, policy, task: shared.text(row.task), call: callOf(row, options, shared) }),
    };
  } catch (error) {
    if (error instanceof InvalidSchedule) return { problems: { [error.field]: [error.message] } };
    throw error;
  }
}

type Made = Pick<ScheduleEntryFields, 'schedule' | 'policy' | 'task' | 'call'>;

function entryOf(row: PeriodicTaskRow, { schedule, policy, task, call }: Made): ScheduleEntry {
  return new ScheduleEntry({
    name: row.name,
    task,
    schedule,
    policy,
    call,
    rowId: row.id,
    oneOff: row.oneOff,
    startTime: row.startTime ?? undefined,
    expires: row.expires ?? undefined,
    since: rowCountsFrom(row, schedule),
    lastRunAt: row.lastRunAt ?? undefined,
    lastTaskId: row.state?.lastTaskId,
    totalRunCount: row.totalRunCount,
  });
}

/** Keeps the texts that it needs, and not the row: there may be a hundred thousand. */
function callOf(row: PeriodicTaskRow, options: ApplyAsyncOptions, shared: SharedValues): () => EntryCall {
  const { args, kwargs } = row;
  const headers = row.headers === '{}' || row.headers === '' ? undefined : row.headers;
  if (args === '[]' && kwargs === '{}' && headers === undefined) return shared.bareCall(options);
  return () => ({
    args: readArray(args),
    kwargs: readObject(kwargs),
    options: headers === undefined ? options : { ...options, headers: readObject(headers) as Headers },
  });
}

const NO_OPTIONS: ApplyAsyncOptions = Object.freeze({});

/** An empty text says nothing, nor do 0 seconds until it expires: as in Django. */
function optionsOf(row: PeriodicTaskRow, codeOptions?: ApplyAsyncOptions): ApplyAsyncOptions {
  const { queue, exchange, routingKey, priority } = row;
  const expires = row.expires ?? (row.expireSeconds || null);
  if (!codeOptions && !queue && !exchange && !routingKey && priority === null && expires === null) return NO_OPTIONS;
  return {
    ...codeOptions,
    ...(queue && { queue }),
    ...(exchange && { exchange }),
    ...(routingKey && { routingKey }),
    ...(priority !== null && { priority }),
    ...(expires !== null && { expires }),
  };
}
