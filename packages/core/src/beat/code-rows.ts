import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type {
  PeriodicTaskChange,
  PeriodicTaskRow,
  PeriodicTaskStore,
  SchedulePolicy,
} from '../contracts/periodic-tasks.js';
import { hasCode } from '../errors/celery-error.js';
import { decodeJson, encodeJson } from '../protocol/json.js';
import { codeRow } from './code-row.js';
import type { CodeRow } from './code-row.js';
import type { CompiledDefinition } from './schedule-definition.js';

const JSON_COLUMNS: ReadonlySet<string> = new Set(['args', 'kwargs', 'headers']);

/**
 * Brings the rows of code up to date: task, schedule, arguments and options follow the code, as in Django; `enabled` stays what somebody
 * made it, and rows that are marked as the user's own are left alone.
 * @throws BackendUnavailable; ImproperlyConfigured, EncodeError for an entry that the tables cannot hold
 */
export async function bringUpToDate(
  tasks: PeriodicTaskStore,
  definitions: readonly CompiledDefinition[],
  timezone: string,
): Promise<void> {
  const rows = definitions.length > 0 ? await tasks.find({ names: definitions.map(({ name }) => name) }) : [];
  const known = new Map(rows.map((row) => [row.name, row]));
  for (const definition of definitions) {
    const wanted = codeRow(definition, timezone);
    const row = known.get(definition.name);
    if (row) await update(tasks, row, wanted);
    else await insert(tasks, wanted, definition.enabled);
  }
}

async function insert(tasks: PeriodicTaskStore, wanted: CodeRow, enabled: boolean): Promise<void> {
  try {
    await tasks.insert({ ...wanted, enabled, policy: withoutDefaults(wanted.policy) });
  } catch (error) {
    // another beat starts at the same time
    if (!hasCode(error, 'DUPLICATE_NAME')) throw error;
    const [row] = await tasks.find({ names: [wanted.name] });
    if (row) await update(tasks, row, wanted);
  }
}

async function update(tasks: PeriodicTaskStore, row: PeriodicTaskRow, wanted: CodeRow): Promise<void> {
  if (row.policy?.owner === 'user') return;
  const before: Readonly<Record<string, unknown>> = { ...row, policy: withoutDefaults(row.policy ?? {}) };
  const written: PeriodicTaskChange = {
    // once clocked, and a one-off for that
    ...(row.schedules.some(({ kind }) => kind === 'clocked') && { oneOff: false }),
    ...wanted,
    policy: withoutDefaults({ ...row.policy, ...wanted.policy }),
  };
  const differs = Object.entries(written).some(([field, value]) =>
    JSON_COLUMNS.has(field) ? !isSameJson(value, before[field]) : !isSame(value, before[field]),
  );
  if (differs) await tasks.update(row.id, written);
}

/** As Django spaces it, too. */
function isSameJson(one: unknown, other: unknown): boolean {
  return one === other || one === rewritten(String(other));
}

function rewritten(text: string): string | undefined {
  try {
    return encodeJson(decodeJson(text));
  } catch {
    return undefined;
  }
}

/** What a database keeps of a policy. */
function withoutDefaults(policy: Partial<SchedulePolicy>): Partial<SchedulePolicy> | null {
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_POLICY };
  const differing = Object.entries(policy).filter(([name, value]) => value !== undefined && value !== defaults[name]);
  return differing.length > 0 ? Object.fromEntries(differing) : null;
}

/** Of plain data, dates among it, in whatever order its fields stand. */
function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
