import type { TaskRow } from './task-row.js';

/** One column of the calls' table: its type in an array, and its value in a row of results that has a call. */
interface CallColumn {
  readonly name: string;
  readonly type: 'text' | 'boolean' | 'timestamptz';
  readonly valueOf: (call: NonNullable<TaskRow['call']>, row: TaskRow) => string | boolean | null;
}

const COLUMNS: readonly CallColumn[] = [
  { name: 'task_id', type: 'text', valueOf: (_, row) => row.taskId },
  { name: 'name', type: 'text', valueOf: (call) => call.name },
  { name: 'args', type: 'text', valueOf: (call) => call.args },
  { name: 'kwargs', type: 'text', valueOf: (call) => call.kwargs },
  { name: 'queue', type: 'text', valueOf: (call) => call.queue },
  { name: 'redacted', type: 'boolean', valueOf: (call) => call.redacted },
  { name: 'saved_at', type: 'timestamptz', valueOf: (_, row) => row.savedAt },
];

/**
 * `, calls AS (INSERT …)`, for a statement that also stores the results, whose parameters begin with `$first`. A data-modifying WITH
 * runs to its end whether it is read or not, and after what is read: results are locked before calls, everywhere.
 */
export function callsSql(table: string, first: number): string {
  const names = COLUMNS.map(({ name }) => name).join(', ');
  const arrays = COLUMNS.map(({ type }, n) => `$${first + n}::${type}[]`).join(', ');
  const updates = COLUMNS.slice(1).map(({ name }) => `${name} = excluded.${name}`);
  return `, calls AS (
        INSERT INTO ${table} (${names}) SELECT ${names} FROM unnest(${arrays}) AS new (${names})
        ON CONFLICT (task_id) DO UPDATE SET ${updates.join(', ')}
      )`;
}

/** The parameters: an array for each column, of the rows that have a call. */
export function callsValues(rows: readonly TaskRow[]): unknown[] {
  return COLUMNS.map(({ valueOf }) => rows.flatMap((row) => (row.call ? [valueOf(row.call, row)] : [])));
}
