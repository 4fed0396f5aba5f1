import type { PeriodicTaskFields, PeriodicTaskRow, ScheduleRow, SolarRow } from '../contracts/periodic-tasks.js';
import { InvalidPeriodicTask, InvalidSchedule } from '../errors/schedule-errors.js';
import type { Schedule, ScheduleDefaults } from '../schedules/schedule.js';
import { COLUMN_CHECKS, outOfCalendar, tooLong } from './check-columns.js';
import { policyProblems } from './check-policy.js';
import type { FieldProblems } from './check-policy.js';
import { JSON_COLUMNS, jsonProblem } from './json-columns.js';
import type { JsonColumn } from './json-columns.js';
import { DEGREE_PLACES, scheduleOf } from './schedule-rows.js';

/** What is checked: a row, or what is to become one. */
export type CheckedFields = PeriodicTaskFields & Partial<Pick<PeriodicTaskRow, 'policy'>>;

const COLUMNS = Object.entries(COLUMN_CHECKS) as [keyof typeof COLUMN_CHECKS, (value: unknown) => string | undefined][];
const JSON_NAMES = Object.keys(JSON_COLUMNS) as JsonColumn[];
const CRONTAB_LENGTHS = {
  minute: 240,
  hour: 96,
  dayOfMonth: 124,
  monthOfYear: 64,
  dayOfWeek: 64,
  timezone: 63,
} as const;
const SOLAR_STEP = 10 ** DEGREE_PLACES;

/**
 * What is wrong with a periodic task by the rules of django-celery-beat, in Django's words, and with its policy; empty: nothing.
 * Whether its schedule can be is another question: `scheduleOf` answers it.
 */
export function problemsOf(fields: CheckedFields): FieldProblems {
  const problems: FieldProblems = fields.policy ? policyProblems(fields.policy) : {};
  const add = (field: string, problem: string | undefined): void => {
    if (problem !== undefined) (problems[field] ??= []).push(problem);
  };
  for (const [column, check] of COLUMNS) add(column, check(fields[column]));
  for (const column of JSON_NAMES) add(column, jsonProblem(column, fields[column]));
  if (fields.expires !== null && fields.expireSeconds !== null) {
    for (const field of ['expires', 'expireSeconds']) add(field, 'Only one can be set, in expires and expire_seconds');
  }
  checkSchedules(fields, add);
  return problems;
}

/** @throws InvalidPeriodicTask with all that is wrong with a periodic task, its schedule included. */
export function checkPeriodicTask(fields: CheckedFields, defaults: ScheduleDefaults): void {
  const problems = { ...problemsOf(fields), ...scheduleProblems(fields, defaults) };
  if (Object.keys(problems).length > 0) throw new InvalidPeriodicTask(problems);
}

/** The schedule of a row that has exactly one, by its policy. @throws InvalidSchedule */
export function scheduleOfRow({ schedules, policy }: CheckedFields, defaults: ScheduleDefaults): Schedule | undefined {
  const [row, ...others] = schedules;
  if (!row || others.length > 0) return undefined;
  return scheduleOf(row, policy?.dst ? { ...defaults, dst: policy.dst } : defaults);
}

/** What is wrong with the schedule itself. */
export function scheduleProblems(fields: CheckedFields, defaults: ScheduleDefaults): FieldProblems {
  try {
    scheduleOfRow(fields, defaults);
    return {};
  } catch (error) {
    if (error instanceof InvalidSchedule) return { [error.field]: [error.message] };
    throw error;
  }
}

function checkSchedules({ schedules, oneOff }: CheckedFields, add: (field: string, problem?: string) => void): void {
  if (schedules.length === 0) add('schedule', 'One of clocked, interval, crontab, or solar must be set.');
  if (schedules.length > 1) {
    for (const { kind } of schedules) add(kind, 'Only one of clocked, interval, crontab, or solar must be set');
  }
  for (const schedule of schedules) {
    if (schedule.kind === 'clocked' && !oneOff) add('oneOff', 'clocked must be one off, one_off must set True');
    checkLengths(schedule, add);
  }
}

/** That the columns can hold it. */
function checkLengths(row: ScheduleRow, add: (field: string, problem?: string) => void): void {
  if (row.kind === 'crontab') {
    for (const field of Object.keys(CRONTAB_LENGTHS) as (keyof typeof CRONTAB_LENGTHS)[]) {
      add(field, tooLong(String(row[field]), CRONTAB_LENGTHS[field]));
    }
  }
  if (row.kind === 'clocked') add('clockedTime', outOfCalendar(row.clockedTime));
  if (row.kind === 'solar') for (const field of ['latitude', 'longitude'] as const) add(field, tooPrecise(row, field));
}

function tooPrecise(row: SolarRow, field: 'latitude' | 'longitude'): string | undefined {
  const isRounded = Math.round(row[field] * SOLAR_STEP) / SOLAR_STEP === row[field];
  return isRounded ? undefined : `Ensure that there are no more than ${DEGREE_PLACES} decimal places.`;
}
