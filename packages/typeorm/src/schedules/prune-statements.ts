import { CODE_MEMORY_DAYS, DEFAULT_POLICY } from '@nestjs-celery/core';
import type { ScheduleTables } from './schedule-tables.js';

/** Runs that one statement looks at, so that it never holds many locks, nor for long. */
export const PRUNE_ROWS = 5_000;

const CODE_MEMORY = `interval '${CODE_MEMORY_DAYS} days'`;

/** Policies and states of tasks that are gone. */
export function pruneTasksSql({ policies, states, periodicTask }: ScheduleTables): string {
  const remove = (table: string): string => `DELETE FROM ${table} AS own
    WHERE NOT EXISTS (SELECT FROM ${periodicTask} AS t WHERE t.id = own.periodic_task_id)`;
  return `WITH gone AS (${remove(policies)}) ${remove(states)}`;
}

/** States of entries that code alone knows, or knew. */
export function pruneCodeStatesSql({ codeStates }: ScheduleTables): string {
  return `DELETE FROM ${codeStates} WHERE greatest(next_run_at, sent_at) < $1::timestamptz - ${CODE_MEMORY}
    AND next_run_at IS NOT NULL`;
}

/**
 * Looks at the next runs that were due before `$1`, after the due time `$2` and name `$3`, and deletes those that are settled and needed by
 * nobody: see `RunStore.prune`. Answers how many, and where it has come to.
 */
export function pruneRunsSql({ runs, policies, periodicTask }: ScheduleTables): string {
  const later = (count: string): string => `EXISTS (SELECT FROM ${runs} AS later
        WHERE later.name = old.name AND later.due_at > old.due_at OFFSET ${count} - 1)`;
  return `
    WITH old AS MATERIALIZED (
      SELECT name, due_at, status, periodic_task_id FROM ${runs}
      WHERE due_at < $1::timestamptz AND (due_at, name) > ($2::timestamptz, $3::text)
      ORDER BY due_at, name LIMIT ${PRUNE_ROWS}
    ), needless AS (
      SELECT old.name, old.due_at FROM old
        LEFT JOIN ${periodicTask} AS t ON t.name = old.name
        LEFT JOIN ${policies} AS policy ON policy.periodic_task_id = t.id
      WHERE old.status <> 'claimed' AND CASE
        WHEN t.id IS NULL THEN old.periodic_task_id IS NOT NULL OR old.due_at < $1::timestamptz - ${CODE_MEMORY}
          OR ${later(String(DEFAULT_POLICY.misfireCap))}
        WHEN policy.misfire = 'fire-all' THEN ${later(`coalesce(policy.misfire_cap, ${DEFAULT_POLICY.misfireCap})`)}
        ELSE ${later('1')} END
    ), pruned AS (
      DELETE FROM ${runs} AS run USING needless WHERE run.name = needless.name AND run.due_at = needless.due_at RETURNING 1
    )
    SELECT old.due_at::text AS due_at, old.name, (SELECT count(*) FROM old)::float8 AS seen,
      (SELECT count(*) FROM pruned)::float8 AS pruned
    FROM old ORDER BY old.due_at DESC, old.name DESC LIMIT 1`;
}
