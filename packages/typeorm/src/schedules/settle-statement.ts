import type { SettledRun } from '@nestjs-celery/core';
import type { ScheduleTables } from './schedule-tables.js';
import { toTime } from './time-sql.js';

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
  { name: 'reason', type: 'text', valueOf: (run) => run.reason ?? null },
  { name: 'goes_on', type: 'boolean', valueOf: (run) => run.entry !== undefined },
  { name: 'row_id', type: 'bigint', valueOf: (run) => run.entry?.rowId ?? null },
  { name: 'schedule', type: 'text', valueOf: (run) => run.entry?.schedule ?? null },
  { name: 'next_run_at', type: 'timestamptz', valueOf: (run) => toTime(run.entry?.nextRunAt ?? null) },
  { name: 'is_over', type: 'boolean', valueOf: (run) => run.entry?.isOver ?? false },
];

/** Of two claims for one due time the first is settled. */
export function settleValues(runs: readonly SettledRun[]): unknown[] {
  return PARAMETERS.map(({ valueOf }) => runs.map(valueOf));
}

/**
 * Settles what is still claimed, and with it the tasks and states; what was settled before is left as it is, with all that follows from it.
 * Rows are locked in the order of the names, or of the ids, so that two such statements do not deadlock; of several runs of an entry the
 * latest tells how far it has come. A task that is gone, or has another name by now, gets no state. Each step hands all columns on, so that no
 * step has to be joined with another: PostgreSQL knows nothing of their sizes.
 */
export function settleSql({ runs, periodicTask, states }: ScheduleTables): string {
  const names = PARAMETERS.map(({ name }) => name).join(', ');
  return `
    WITH given AS (
      SELECT DISTINCT ON (name, due_at) *
      FROM unnest(${PARAMETERS.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')}) AS given (${names})
      ORDER BY name, due_at
    ), open AS MATERIALIZED (
      SELECT given.*, run.task_id FROM given JOIN ${runs} AS run ON run.name = given.name AND run.due_at = given.due_at
      WHERE run.status = 'claimed' ORDER BY run.name, run.due_at FOR UPDATE OF run
    ), settled AS (
      UPDATE ${runs} AS run SET status = open.status, settled_at = open.at, reason = open.reason
      FROM open WHERE run.name = open.name AND run.due_at = open.due_at AND run.status = 'claimed'
      RETURNING open.*
    ), latest AS (
      SELECT DISTINCT ON (name) *, count(*) FILTER (WHERE status = 'sent') OVER (PARTITION BY name) AS sent,
        bool_or(is_over) OVER (PARTITION BY name) AS ends
      FROM settled WHERE goes_on ORDER BY name, due_at DESC
    ), known AS MATERIALIZED (
      SELECT latest.*, t.name AS row_name, coalesce(state.last_due_at > latest.due_at, false) AS is_late
      FROM latest JOIN ${periodicTask} AS t ON t.id = latest.row_id
      LEFT JOIN ${states} AS state ON state.name = t.name AND state.periodic_task_id = t.id
      ORDER BY t.id FOR NO KEY UPDATE OF t
    ), gone_on AS (
      UPDATE ${periodicTask} AS t SET
        enabled = t.enabled AND NOT known.ends,
        total_run_count = CASE WHEN known.ends THEN 0 ELSE t.total_run_count + known.sent END,
        last_run_at = CASE WHEN known.ends OR NOT t.enabled THEN NULL WHEN known.is_late THEN t.last_run_at ELSE known.at END,
        date_changed = CASE WHEN known.ends THEN known.at ELSE t.date_changed END
      FROM known WHERE t.id = known.row_id
    ), reached AS (
      SELECT name, row_id, due_at, at, task_id, schedule, next_run_at FROM known WHERE row_name = name
      UNION ALL
      SELECT name, row_id, due_at, at, task_id, schedule, next_run_at FROM latest WHERE row_id IS NULL
    )
    INSERT INTO ${states} AS old (name, periodic_task_id, last_due_at, sent_at, last_task_id, schedule, next_run_at)
    SELECT * FROM reached ORDER BY name
    ON CONFLICT (name) DO UPDATE SET periodic_task_id = excluded.periodic_task_id, last_due_at = excluded.last_due_at,
      sent_at = excluded.sent_at, last_task_id = excluded.last_task_id, schedule = excluded.schedule,
      next_run_at = excluded.next_run_at
      WHERE old.last_due_at <= excluded.last_due_at OR old.periodic_task_id IS DISTINCT FROM excluded.periodic_task_id`;
}
