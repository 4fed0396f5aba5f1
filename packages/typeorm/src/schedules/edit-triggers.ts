import type { Queryable } from '../pg-driver.js';
import { SCHEDULE_KINDS } from './schedule-tables.js';
import type { ScheduleTables } from './schedule-tables.js';

export interface EditTrigger {
  readonly name: string;
  /** Quoted, with its schema. */
  readonly table: string;
  readonly events: string;
  readonly level: 'ROW' | 'STATEMENT';
  /** The kind of what `id` means in its table. */
  readonly argument: string;
}

/** A schedule that is new has no task yet: the task tells. */
export function triggersOf(tables: ScheduleTables): EditTrigger[] {
  return [
    ...pair(tables, tables.periodicTask, 'task', 'INSERT OR UPDATE OR DELETE'),
    ...pair(tables, tables.policies, 'policy', 'INSERT OR UPDATE OR DELETE'),
    ...SCHEDULE_KINDS.flatMap((kind) => pair(tables, tables[kind], kind, 'UPDATE OR DELETE')),
  ];
}

function pair({ sidePrefix }: ScheduleTables, table: string, argument: string, events: string): EditTrigger[] {
  const name = `${sidePrefix}tell_${argument}`;
  return [
    { name, table, events, level: 'ROW', argument },
    { name: `${name}_truncate`, table, events: 'TRUNCATE', level: 'STATEMENT', argument },
  ];
}

export interface ExistingTriggers {
  /** Names of those that are there and are on. */
  readonly existing: ReadonlySet<string>;
  /** The tables that are there: an older Django has not all. */
  readonly possible: ReadonlySet<string>;
}

export async function existingTriggers(pool: Queryable, tables: ScheduleTables): Promise<ExistingTriggers> {
  const all = [...new Set(triggersOf(tables).map(({ table }) => table))];
  const { rows } = await pool.query<{ table: string; triggers: string[] }>({
    text: `SELECT name AS table, ARRAY(SELECT tgname::text FROM pg_trigger
        WHERE tgrelid = to_regclass(name) AND NOT tgisinternal AND tgenabled <> 'D') AS triggers
      FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL`,
    values: [all],
  });
  return {
    existing: new Set(rows.flatMap(({ triggers }) => triggers)),
    possible: new Set(rows.map(({ table }) => table)),
  };
}

/** Whether every edit is told. */
export function areAllThere(tables: ScheduleTables, { existing, possible }: ExistingTriggers): boolean {
  const isThere = [tables.periodicTask, tables.policies].every((table) => possible.has(table));
  return isThere && triggersOf(tables).every(({ name, table }) => existing.has(name) || !possible.has(table));
}
