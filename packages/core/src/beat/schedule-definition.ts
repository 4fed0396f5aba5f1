import type { BeatScheduleEntry } from '../app/config.js';
import { anyText, list, record } from '../app/option-kinds.js';
import type { OptionKind } from '../app/option-kinds.js';
import { CALL_OPTIONS, RETRY_POLICY } from '../app/option-names.js';
import { flag } from '../app/setting-kinds.js';
import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { policyProblems } from '../periodic-tasks/check-policy.js';
import { interval } from '../schedules/interval.js';
import { toSchedule } from '../schedules/to-schedule.js';
import type { Schedule } from '../schedules/schedule.js';

/** An entry as it is declared: an item of `beatSchedule` with its key as the name, or what `@Periodic` says. */
export interface ScheduleDefinition extends BeatScheduleEntry {
  name: string;
}

/** A definition that was checked, with what was left out filled in. */
export interface CompiledDefinition {
  readonly name: string;
  readonly task: string;
  readonly schedule: Schedule;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<ApplyAsyncOptions>;
  /** What was given of it. */
  readonly policy: Partial<SchedulePolicy>;
  readonly enabled: boolean;
  readonly oneOff: boolean | undefined;
  readonly startTime: Date | undefined;
  readonly description: string | undefined;
}

const POLICY_FIELDS = ['misfire', 'misfireCap', 'grace', 'overlap', 'jitter', 'pauseUntil'] as const;
/** What the plain fields take; null and undefined are not given. */
const KINDS = {
  args: list,
  kwargs: record,
  relative: flag,
  enabled: flag,
  oneOff: flag,
  startTime: {
    expects: 'a valid Date',
    accepts: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  },
  description: anyText,
} satisfies Partial<Record<keyof ScheduleDefinition, OptionKind>>;
const PLAIN_FIELDS = Object.entries(KINDS) as [keyof typeof KINDS, OptionKind][];
const KNOWN_FIELDS: readonly string[] = [
  'name',
  'task',
  'schedule',
  'options',
  ...Object.keys(KINDS),
  ...POLICY_FIELDS,
];

/**
 * Checks a definition; a schedule without a time zone takes the application's.
 * @throws ImproperlyConfigured naming the entry and the field.
 */
export function compileDefinition(definition: ScheduleDefinition, timezone: string): CompiledDefinition {
  const { name, task, args, enabled, oneOff, startTime, description } = definition;
  checkFields(definition);
  const options = optionsOf(definition);
  return {
    name,
    task,
    schedule: scheduleOf(definition, timezone),
    args: args ?? [],
    kwargs: definition.kwargs ?? options.kwargs ?? {},
    options,
    policy: policyOf(definition),
    enabled: enabled ?? true,
    oneOff: oneOff ?? undefined,
    startTime: startTime ?? undefined,
    description: description ?? undefined,
  };
}

function checkFields(definition: ScheduleDefinition): void {
  const { name, task } = definition;
  const unknown = Object.keys(definition).find((field) => !KNOWN_FIELDS.includes(field));
  if (unknown !== undefined) refuse(name, unknown, `there is no such field; the fields are ${KNOWN_FIELDS.join(', ')}`);
  if (name === '' || name.includes('\0')) refuse(name, 'name', 'give a text without NUL');
  if (typeof task !== 'string' || task === '') refuse(name, 'task', 'give the name of the task to send');
  for (const [field, { accepts, expects }] of PLAIN_FIELDS) {
    const value: unknown = definition[field] ?? undefined;
    if (value !== undefined && !accepts(value)) refuse(name, field, `give ${expects}`);
  }
}

/** Null is not given, as in a call. */
function optionsOf({ name, options: written }: ScheduleDefinition): ApplyAsyncOptions {
  const options = CALL_OPTIONS.read(written ?? {}, where(name, 'options'));
  RETRY_POLICY.read(options.retryPolicy ?? {}, where(name, 'options.retryPolicy'));
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined));
}

function scheduleOf({ name, schedule, relative }: ScheduleDefinition, timezone: string): Schedule {
  try {
    const made =
      relative === true && typeof schedule === 'number' ? interval({ seconds: schedule, relative }) : schedule;
    return toSchedule(made).resolve({ timezone });
  } catch (error) {
    throw error instanceof InvalidSchedule ? new InvalidSchedule(error.field, where(name, error.message)) : error;
  }
}

function policyOf(definition: ScheduleDefinition): Partial<SchedulePolicy> {
  const given = POLICY_FIELDS.filter((field) => definition[field] !== undefined);
  const policy: Partial<SchedulePolicy> = Object.fromEntries(given.map((field) => [field, definition[field]]));
  const [problem] = Object.entries(policyProblems(policy));
  if (problem) refuse(definition.name, problem[0], problem[1].join(' '));
  return policy;
}

function refuse(name: string, field: string, why: string): never {
  throw new ImproperlyConfigured(where(name, `${field}: ${why.replace(/\.$/, '')}.`));
}

function where(name: string, what: string): string {
  return `The beat entry '${name}' cannot be used: ${what}`;
}
