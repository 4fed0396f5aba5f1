import type { ScheduleTables } from './schedule-tables.js';
import { millis } from './time-sql.js';

/**
 * Claims for whoever has the fence `$4`: no row in the answer means that it is not the lease's. The lease's row is locked, so that a take-over
 * waits for the claims, and they for it. In the order of the names, so that two such statements do not deadlock. Of what is there already, those
 * that the same fence has claimed and not settled are given back; the update that changes nothing makes that one step.
 */
export function claimSql({ lease, runs }: ScheduleTables): string {
  return `
    WITH lease AS MATERIALIZED (
      SELECT fence FROM ${lease} WHERE fence = $4::bigint AND owner IS NOT NULL FOR SHARE
    ), claimed AS (
      INSERT INTO ${runs} AS run (name, due_at, task_id, status, fence, claimed_at)
      SELECT DISTINCT ON (new.name, new.due_at) new.name, new.due_at, new.task_id, 'claimed', lease.fence, $5::timestamptz
      FROM lease, unnest($1::text[], $2::timestamptz[], $3::text[]) AS new (name, due_at, task_id)
      ORDER BY new.name, new.due_at
      ON CONFLICT (name, due_at) DO UPDATE SET task_id = run.task_id
        WHERE run.status = 'claimed' AND run.fence = excluded.fence
      RETURNING name, due_at, task_id
    )
    SELECT claimed.name, ${millis('claimed.due_at')} AS due_ms, claimed.task_id FROM lease LEFT JOIN claimed ON true`;
}
