import type { BeatScheduleEntry } from '../app/config.js';
import { CALL_OPTIONS, RETRY_POLICY } from '../app/option-names.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { toSchedule } from '../schedules/to-schedule.js';
import type { Schedule } from '../schedules/schedule.js';
import type { ScheduleEntryFields } from './schedule-entry.js';

/** An entry as it is declared: an item of `beatSchedule` with its key as the name, or what `@Periodic` says. */
export interface ScheduleDefinition extends BeatScheduleEntry {
  name: string;
}

/** An entry that has not begun to count. */
export type CompiledDefinition = Omit<ScheduleEntryFields, 'lastRunAt' | 'totalRunCount'>;

const KNOWN_FIELDS = ['name', 'task', 'schedule', 'args', 'kwargs', 'options'];

/**
 * Checks a definition and fills in what was left out; a schedule without a time zone takes the application's.
 * @throws ImproperlyConfigured naming the entry and the field.
 */
export function compileDefinition(definition: ScheduleDefinition, timezone: string): CompiledDefinition {
  const { name, task, args = [] } = definition;
  const unknown = Object.keys(definition).find((field) => !KNOWN_FIELDS.includes(field));
  if (unknown !== undefined) refuse(name, unknown, `there is no such field; the fields are ${KNOWN_FIELDS.join(', ')}`);
  if (typeof task !== 'string' || task === '') refuse(name, 'task', 'give the name of the task to send');
  if (!Array.isArray(args)) refuse(name, 'args', 'give a list of positional arguments');
  const options = CALL_OPTIONS.read(definition.options ?? {}, where(name, 'options'));
  RETRY_POLICY.read(options.retryPolicy ?? {}, where(name, 'options.retryPolicy'));
  const kwargs = definition.kwargs ?? options.kwargs ?? {};
  return { name, task, schedule: scheduleOf(definition, timezone), args, kwargs, options };
}

function scheduleOf({ name, schedule }: ScheduleDefinition, timezone: string): Schedule {
  try {
    return toSchedule(schedule).resolve({ timezone });
  } catch (error) {
    throw error instanceof InvalidSchedule ? new InvalidSchedule(error.field, where(name, error.message)) : error;
  }
}

function refuse(name: string, field: string, why: string): never {
  throw new ImproperlyConfigured(where(name, `${field}: ${why}.`));
}

function where(name: string, what: string): string {
  return `The beat entry '${name}' cannot be used: ${what}`;
}
