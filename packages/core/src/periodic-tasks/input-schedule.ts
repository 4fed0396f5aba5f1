import type { CrontabRow, ScheduleRow } from '../contracts/periodic-tasks.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import type { ScheduleDefaults, ScheduleInput } from '../schedules/schedule.js';
import { toSchedule } from '../schedules/to-schedule.js';
import { rowOf } from './schedule-rows.js';

const FIELDS: Readonly<Record<ScheduleRow['kind'], readonly string[]>> = {
  interval: ['every', 'period'],
  crontab: ['minute', 'hour', 'dayOfMonth', 'monthOfYear', 'dayOfWeek', 'timezone'],
  solar: ['event', 'latitude', 'longitude'],
  clocked: ['clockedTime'],
};

/**
 * The row of a schedule as a user gives it. A row is taken as it is: whether it can be is `scheduleOf`'s to say; only what a crontab leaves
 * out is filled in.
 * @throws InvalidSchedule for what is no schedule, one that Django has no table for, and unknown fields
 */
export function toScheduleRow(input: ScheduleInput | ScheduleRow, defaults: ScheduleDefaults): ScheduleRow {
  if (isRow(input)) return completeRow(input, defaults);
  const row = rowOf(toSchedule(input), defaults);
  if (row) return row;
  throw new InvalidSchedule(
    'schedule',
    'schedule: Django has no table for it. Use an interval, crontab(), solar() or clocked(), or declare it in code (beatSchedule).',
  );
}

function isRow(input: ScheduleInput | ScheduleRow): input is ScheduleRow {
  if (typeof input !== 'object' || input === null || !('kind' in input)) return false;
  return typeof (input as { next?: unknown }).next !== 'function';
}

function completeRow(row: ScheduleRow, { timezone }: ScheduleDefaults): ScheduleRow {
  if (!Object.hasOwn(FIELDS, row.kind)) return row;
  const known = FIELDS[row.kind];
  const unknown = Object.keys(row).find((field) => field !== 'kind' && !known.includes(field));
  if (unknown !== undefined) {
    const fields = known.join(', ');
    throw new InvalidSchedule(unknown, `${row.kind}: ${unknown}: there is no such field. The fields are ${fields}.`);
  }
  return row.kind === 'crontab' ? { ...EVERY_MINUTE, timezone, ...asTexts(row) } : row;
}

const EVERY_MINUTE = {
  kind: 'crontab',
  minute: '*',
  hour: '*',
  dayOfMonth: '*',
  monthOfYear: '*',
  dayOfWeek: '*',
} as const;

/** What is given; a number or a list of them (of JavaScript, or JSON) becomes the text that means the same. */
function asTexts(row: CrontabRow): Partial<CrontabRow> {
  const given = Object.entries(row as unknown as Record<string, unknown>).filter(([, value]) => value != null);
  return Object.fromEntries(given.map(([field, value]) => [field, String(value)]));
}
