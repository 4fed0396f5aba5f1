import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { PeriodicTaskChange, PeriodicTaskFields, SchedulePolicy } from '../contracts/periodic-tasks.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { problemsOf } from '../periodic-tasks/check-fields.js';
import { COLUMN_DEFAULTS } from '../periodic-tasks/column-defaults.js';
import { rowOf } from '../periodic-tasks/schedule-rows.js';
import { parseIso } from '../protocol/iso-date.js';
import { encodeJson } from '../protocol/json.js';
import { Clocked } from '../schedules/clocked.js';
import { Crontab } from '../schedules/crontab.js';
import type { CompiledDefinition } from './schedule-definition.js';

/** What code writes into a row. */
export type CodeRow = PeriodicTaskChange &
  Pick<PeriodicTaskFields, 'name' | 'task' | 'schedules'> & {
    /** What code says of it. */
    readonly policy: Partial<SchedulePolicy>;
  };

/** Whether a table can keep it: the schedule is of a kind that Django has, and no argument is lazy. */
export function fitsTable({ schedule, args, kwargs }: CompiledDefinition, timezone: string): boolean {
  const isLazy = [...args, ...Object.values(kwargs)].some((value) => value instanceof BeatLazyFunc);
  return !isLazy && rowOf(schedule, { timezone }) !== undefined;
}

/** The row of a definition that fits a table. @throws ImproperlyConfigured, EncodeError naming the entry and what the table cannot hold of it */
export function codeRow(definition: CompiledDefinition, timezone: string): CodeRow {
  const { name, task, schedule, args, kwargs, options, startTime, description } = definition;
  const json = (value: unknown, field: string) => encodeJson(value, { root: `${field} of the beat entry '${name}'` });
  const scheduleRow = rowOf(schedule, { timezone });
  const oneOff = definition.oneOff ?? (schedule instanceof Clocked ? true : undefined);
  const row = {
    name,
    task,
    schedules: scheduleRow ? [scheduleRow] : [],
    args: json(args, 'args'),
    kwargs: json(kwargs, 'kwargs'),
    headers: json(options.headers ?? {}, 'headers'),
    ...columnsOf(options),
    ...(oneOff !== undefined && { oneOff }),
    ...(startTime !== undefined && { startTime }),
    ...(description !== undefined && { description }),
    policy: policyOf(definition),
  };
  refuseProblems(row);
  return row;
}

function refuseProblems(row: CodeRow): void {
  const [problem] = Object.entries(problemsOf({ ...COLUMN_DEFAULTS, ...row }));
  if (!problem) return;
  const [field, texts] = problem;
  throw new ImproperlyConfigured(
    `The beat entry '${row.name}' cannot be kept in the database: ${field}: ${texts.join(' ')}`,
  );
}

function columnsOf({ queue, exchange, routingKey, priority, expires }: ApplyAsyncOptions): PeriodicTaskChange {
  return {
    queue: queue ?? null,
    exchange: exchange ?? null,
    routingKey: routingKey ?? null,
    priority: priority ?? null,
    expireSeconds: typeof expires === 'number' ? Math.ceil(expires) : null,
    expires: typeof expires === 'string' ? parseIso(expires) : expires instanceof Date ? expires : null,
  };
}

/** What a change of the clocks does to a crontab is part of its schedule. */
function policyOf({ schedule, policy }: CompiledDefinition): Partial<SchedulePolicy> {
  return schedule instanceof Crontab ? { ...policy, dst: schedule.dst } : policy;
}

/** What a call says and a row has no column for; it lives in code. */
export function optionsBesides(options: ApplyAsyncOptions): ApplyAsyncOptions | undefined {
  const others = Object.entries(options).filter(([name]) => !WITH_COLUMN.has(name));
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}

const WITH_COLUMN: ReadonlySet<string> = new Set<keyof ApplyAsyncOptions>([
  'queue',
  'exchange',
  'routingKey',
  'priority',
  'headers',
  'expires',
  'kwargs',
]);
