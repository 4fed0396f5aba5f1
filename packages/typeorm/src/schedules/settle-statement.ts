import { MAX_RUN_COUNT } from '@nestjs-celery/core';
import type { SettledRun } from '@nestjs-celery/core';
import type { ScheduleTables } from './schedule-tables.js';
import { toTime, toTimeOrNull } from './time-sql.js';

/** For how long a row that somebody else has locked is waited for. */
const LOCK_TIMEOUT = '2s';

/** One value of each run. */
interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly valueOf: (run: SettledRun) => string | number | boolean | null;
}

const PARAMETERS: readonly Parameter[] = [
  { name: 'name', type: 'text', valueOf: (run) => run.name },
  { name: 'due_at', type: 'timestamptz', valueOf: (run) => toTime(run.dueAt) },
  { name: 'status', type: 'text', valueOf: (run) => run.status },
  { name: 'at', type: 'timestamptz', valueOf: (run) => toTime(run.at) },
  { name: 'reason', type: 'text', valueOf: (run) => withoutNull(run.reason) },
  { name: 'goes_on', type: 'boolean', valueOf: (run) => run.entry !== undefined },
  { name: 'row_id', type: 'bigint', valueOf: (run) => run.entry?.rowId ?? null },
  { name: 'code_name', type: 'text', valueOf: (run) => (run.entry?.rowId === undefined ? run.name : null) },
  { name: 'schedule', type: 'text', valueOf: (run) => withoutNull(run.entry?.schedule) },
  { name: 'next_run_at', type: 'timestamptz', valueOf: (run) => toTimeOrNull(run.entry?.nextRunAt ?? null) },
  { name: 'is_over', type: 'boolean', valueOf: (run) => run.entry?.isOver ?? false },
];

/** Of two claims for one due time the first is settled. */
export function settleValues(runs: readonly SettledRun[]): unknown[] {
  return PARAMETERS.map(({ valueOf }) => runs.map(valueOf));
}

/** PostgreSQL's texts have none. */
function withoutNull(text: string | undefined): string | null {
  return text?.replaceAll('\0', '') ?? null;
}

/**
 * Settles what is still claimed, and with it the tasks and states; what was settled before is left as it is, with all that follows from it.
 * Rows are locked in the order of the names, or of the ids, so that two such statements do not deadlock, and not waited for much longer than
 * a transaction should last; of several runs of an entry the latest tells how far it has come. A task that is gone gets no state. Each step
 * hands all columns on, so that no step has to be joined with another: PostgreSQL knows nothing of their sizes.
 */
export function settleSql({ runs, periodicTask, states, codeStates }: ScheduleTables): string {
  const names = PARAMETERS.map(({ name }) => name).join(', ');
  return `
    WITH patience AS MATERIALIZED (
      SELECT set_config('lock_timeout', '${LOCK_TIMEOUT}', true)
    ), given AS (
      SELECT DISTINCT ON (name, due_at) given.*
      FROM patience, unnest(${PARAMETERS.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')}) AS given (${names})
      ORDER BY name, due_at
    ), open AS MATERIALIZED (
      SELECT given.*, run.task_id FROM given JOIN ${runs} AS run ON run.name = given.name AND run.due_at = given.due_at
      WHERE run.status = 'claimed' ORDER BY run.name, run.due_at FOR UPDATE OF run
    ), settled AS (
      UPDATE ${runs} AS run SET status = open.status, settled_at = open.at, reason = open.reason
      FROM open WHERE run.name = open.name AND run.due_at = open.due_at AND run.status = 'claimed'
      RETURNING open.*
    ), latest AS (
      SELECT DISTINCT ON (row_id, code_name) *, count(*) FILTER (WHERE status = 'sent') OVER entry AS sent,
        bool_or(is_over) OVER entry AS ends
      FROM settled WHERE goes_on WINDOW entry AS (PARTITION BY row_id, code_name) ORDER BY row_id, code_name, due_at DESC
    ), known AS MATERIALIZED (
      SELECT latest.*, coalesce(state.last_due_at > latest.due_at, false) AS is_late
      FROM latest JOIN ${periodicTask} AS t ON t.id = latest.row_id
      LEFT JOIN ${states} AS state ON state.periodic_task_id = t.id
      ORDER BY t.id FOR NO KEY UPDATE OF t
    ), gone_on AS (
      UPDATE ${periodicTask} AS t SET
        enabled = t.enabled AND NOT known.ends,
        total_run_count = CASE WHEN known.ends THEN 0 ELSE least(t.total_run_count + known.sent, ${MAX_RUN_COUNT}) END,
        last_run_at = CASE WHEN known.ends OR NOT t.enabled THEN NULL WHEN known.is_late THEN t.last_run_at ELSE known.at END,
        date_changed = CASE WHEN known.ends THEN known.at ELSE t.date_changed END
      FROM known WHERE t.id = known.row_id
    ), code AS (
      ${saveStates(codeStates, 'name', `SELECT code_name, ${STATE} FROM latest WHERE row_id IS NULL`)}
    )
    ${saveStates(states, 'periodic_task_id', `SELECT row_id, ${STATE} FROM known`)}`;
}

const STATE = 'due_at, at, task_id, schedule, next_run_at';

/** A claim that is taken up late does not set an entry back. */
function saveStates(table: string, key: string, reached: string): string {
  return `INSERT INTO ${table} AS old (${key}, last_due_at, sent_at, last_task_id, schedule, next_run_at)
    ${reached} ORDER BY 1
    ON CONFLICT (${key}) DO UPDATE SET last_due_at = excluded.last_due_at, sent_at = excluded.sent_at,
      last_task_id = excluded.last_task_id, schedule = excluded.schedule, next_run_at = excluded.next_run_at
      WHERE old.last_due_at <= excluded.last_due_at`;
}
