import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { PeriodicTaskChange, PeriodicTaskRow, SchedulePolicy } from '../contracts/periodic-tasks.js';
import { isCeleryError } from '../errors/celery-error.js';
import { InvalidPeriodicTask, InvalidSchedule } from '../errors/schedule-errors.js';
import { encodeJson } from '../protocol/json.js';
import { Crontab } from '../schedules/crontab.js';
import type { ScheduleDefaults } from '../schedules/schedule.js';
import { COLUMN_CHECKS } from './check-columns.js';
import type { FieldProblems } from './check-policy.js';
import { COLUMN_DEFAULTS } from './column-defaults.js';
import { flatPolicy, POLICY_FIELDS } from './flat-policy.js';
import { toScheduleRow } from './input-schedule.js';
import { JSON_COLUMNS } from './json-columns.js';
import type { JsonColumn } from './json-columns.js';
import type { PeriodicTaskPatch } from './periodic-task-input.js';

const JSON_NAMES = Object.keys(JSON_COLUMNS) as JsonColumn[];
/** Columns that are written as they are given. */
const PLAIN = Object.keys(COLUMN_CHECKS);
const KNOWN: readonly string[] = [...PLAIN, ...JSON_NAMES, ...POLICY_FIELDS, 'policy', 'schedule'];

export interface CompileOptions {
  readonly defaults: ScheduleDefaults;
  /** The policy of the row so far, which the fields given are laid over. */
  readonly policy: PeriodicTaskRow['policy'];
}

/**
 * What a user gives of a periodic task, as the database takes it. Whether the values are right is another question (`checkPeriodicTask`).
 * @throws InvalidPeriodicTask naming unknown fields, values that JSON has no word for, and what is no schedule
 */
export function compileChange(written: PeriodicTaskPatch, { defaults, policy }: CompileOptions): PeriodicTaskChange {
  const problems = noProblems();
  const patch = flatPolicy({ ...written }, problems);
  const given = new Map(Object.entries(patch).filter(([, value]) => value !== undefined));
  nameUnknown(given.keys(), problems);
  const change = {
    ...plainColumns(given),
    ...jsonColumns(given, problems),
    ...scheduleColumn(patch, defaults, problems),
    ...policyOf(patch, policy),
  };
  if (Object.keys(problems).length > 0) throw new InvalidPeriodicTask({ ...problems });
  return change;
}

/** Names are a user's: `__proto__` is one, too. */
function noProblems(): FieldProblems {
  return Object.create(null) as FieldProblems;
}

function nameUnknown(names: Iterable<string>, problems: FieldProblems): void {
  const problem = `There is no such field. The fields are ${KNOWN.join(', ')}.`;
  for (const name of names) if (!KNOWN.includes(name)) problems[name] = [problem];
}

/** Null is the default; an empty queue, exchange or routing key is none, as in Django's `save()`. */
function plainColumns(given: ReadonlyMap<string, unknown>): PeriodicTaskChange {
  const columns = PLAIN.filter((name) => given.has(name)).map((name) => {
    const value = given.get(name);
    const isNone = value === null || (value === '' && NONE_IF_EMPTY.includes(name));
    return [name, isNone ? (COLUMN_DEFAULTS as Record<string, unknown>)[name] : value];
  });
  return Object.fromEntries(columns) as PeriodicTaskChange;
}

const NONE_IF_EMPTY = ['queue', 'exchange', 'routingKey'];

function jsonColumns(given: ReadonlyMap<string, unknown>, problems: FieldProblems): PeriodicTaskChange {
  const columns: Partial<Record<JsonColumn, string>> = {};
  for (const name of JSON_NAMES.filter((name) => given.has(name))) {
    try {
      columns[name] = encodeJson(given.get(name) ?? JSON.parse(COLUMN_DEFAULTS[name]), { root: name });
    } catch (error) {
      if (!isCeleryError(error)) throw error;
      problems[name] = [error.message];
    }
  }
  return columns;
}

function scheduleColumn(
  { schedule }: PeriodicTaskPatch,
  defaults: ScheduleDefaults,
  problems: FieldProblems,
): PeriodicTaskChange {
  if (schedule === undefined) return {};
  try {
    return { schedules: [toScheduleRow(schedule, defaults)] };
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    problems[error.field] = [error.message];
    return {};
  }
}

/** Only what differs from the default is kept. */
function policyOf(patch: PeriodicTaskPatch, before: PeriodicTaskRow['policy']): PeriodicTaskChange {
  const { schedule } = patch;
  const ofSchedule = schedule instanceof Crontab && schedule.dst === 'wall' ? { dst: schedule.dst } : {};
  const given = Object.fromEntries(
    POLICY_FIELDS.flatMap((name) => (patch[name] === undefined ? [] : [[name, patch[name]]])),
  );
  const changed = { ...ofSchedule, ...given };
  if (Object.keys(changed).length === 0) return {};
  const policy = Object.entries({ ...before, ...changed }).filter(([name, value]) => !isDefault(name, value));
  return { policy: policy.length > 0 ? (Object.fromEntries(policy) as Partial<SchedulePolicy>) : null };
}

function isDefault(name: string, value: unknown): boolean {
  return value === null || value === DEFAULT_POLICY[name as keyof SchedulePolicy];
}
