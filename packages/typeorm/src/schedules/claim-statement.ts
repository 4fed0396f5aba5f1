import type { ScheduleTables } from './schedule-tables.js';
import { millis } from './time-sql.js';

/**
 * Claims for whoever has the fence `$4`: no row in the answer means that it is not the lease's. The lease's row is locked, so that a take-over
 * waits for the claims, and they for it. In the order of the names, so that two such statements do not deadlock. Of what is there already, those
 * that the same fence has claimed and not settled are given back; the update that changes nothing makes that one step.
 */
export function claimSql({ lease, runs, periodicTask }: ScheduleTables): string {
  return `
    WITH ${leaseOf(lease, '$4')}, claimed AS (
      INSERT INTO ${runs} AS run (name, due_at, task_id, status, periodic_task_id, fence, claimed_at)
      SELECT DISTINCT ON (new.name, new.due_at) new.name, new.due_at, new.task_id, 'claimed', t.id, lease.fence, $5::timestamptz
      FROM lease CROSS JOIN unnest($1::text[], $2::timestamptz[], $3::text[]) AS new (name, due_at, task_id)
        LEFT JOIN ${periodicTask} AS t ON t.name = new.name
      ORDER BY new.name, new.due_at
      ON CONFLICT (name, due_at) DO UPDATE SET task_id = run.task_id
        WHERE run.status = 'claimed' AND run.fence = excluded.fence
      RETURNING name, due_at, task_id
    )
    SELECT claimed.name, ${millis('claimed.due_at')} AS due_ms, claimed.task_id FROM lease LEFT JOIN claimed ON true`;
}

/** Gives what is claimed and not settled to the fence `$1`: locked in the order of `settleSql`, whose end is waited for. Answers as `claimSql`. */
export function unfinishedSql({ lease, runs }: ScheduleTables): string {
  return `
    WITH ${leaseOf(lease, '$1')}, open AS MATERIALIZED (
      SELECT run.name, run.due_at, lease.fence FROM lease CROSS JOIN ${runs} AS run
      WHERE run.status = 'claimed' ORDER BY run.name, run.due_at FOR UPDATE OF run
    ), taken AS (
      UPDATE ${runs} AS run SET fence = open.fence FROM open
      WHERE run.name = open.name AND run.due_at = open.due_at AND run.status = 'claimed'
      RETURNING run.name, run.due_at, run.task_id
    )
    SELECT taken.name, ${millis('taken.due_at')} AS due_ms, taken.task_id FROM lease LEFT JOIN taken ON true
    ORDER BY taken.due_at, taken.name`;
}

function leaseOf(lease: string, fence: string): string {
  return `lease AS MATERIALIZED (
      SELECT fence FROM ${lease} WHERE fence = ${fence}::bigint AND owner IS NOT NULL FOR SHARE
    )`;
}
