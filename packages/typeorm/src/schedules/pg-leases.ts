import { BackendUnavailable } from '@nestjs-celery/core';
import type { LeaseStore } from '@nestjs-celery/core';
import type { ScheduleSession } from './schedule-session.js';
import { millis } from './time-sql.js';

interface Taken {
  readonly fence: string;
  readonly owner: null;
}

interface Held {
  readonly fence: null;
  readonly owner: string | null;
  readonly until_ms: number;
}

/** The lease's row may be new, and not to be seen yet for the statement that found it in its way. */
const ATTEMPTS = 5;

/** Who leads, by PostgreSQL's clock. */
export class PgLeases implements LeaseStore {
  /** @param session @throws BackendUnavailable when it is not open */
  constructor(private readonly session: () => Promise<ScheduleSession>) {}

  async acquire(owner: string, ttlMs: number): ReturnType<LeaseStore['acquire']> {
    const session = await this.session();
    const text = acquireSql(session.tables.lease);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [answer] = await session.rows<Taken | Held>({ text, values: [owner, ttlMs] });
      if (answer?.fence != null) return { fence: answer.fence };
      if (answer?.owner != null) return { heldBy: answer.owner, until: new Date(answer.until_ms) };
    }
    throw new BackendUnavailable('The lease changes hands faster than it can be asked for. Try it again.');
  }

  async renew(fence: string, ttlMs: number): Promise<boolean> {
    const session = await this.session();
    const rows = await session.rows({
      text: `UPDATE ${session.tables.lease} SET expires_at = ${fromNow('$2')}
        WHERE fence = $1::bigint AND owner IS NOT NULL RETURNING 1`,
      values: [fence, ttlMs],
    });
    return rows.length > 0;
  }

  async release(fence: string): Promise<void> {
    const session = await this.session();
    await session.rows({
      text: `UPDATE ${session.tables.lease} SET owner = NULL, expires_at = clock_timestamp()
        WHERE fence = $1::bigint AND owner IS NOT NULL`,
      values: [fence],
    });
  }
}

/** Gives the fence, or who has it and until when. Nothing when it was let go, or first taken, at this very moment. */
function acquireSql(lease: string): string {
  return `
    WITH taken AS (
      INSERT INTO ${lease} AS old (ident, owner, fence, expires_at) VALUES (1, $1, 1, ${fromNow('$2')})
      ON CONFLICT (ident) DO UPDATE SET owner = excluded.owner, expires_at = ${fromNow('$2')},
        fence = CASE WHEN old.owner = excluded.owner THEN old.fence ELSE old.fence + 1 END
      WHERE old.owner IS NULL OR old.owner = excluded.owner OR old.expires_at <= clock_timestamp()
      RETURNING fence
    )
    SELECT fence::text, NULL::text AS owner, NULL::float8 AS until_ms FROM taken
    UNION ALL
    SELECT NULL, owner, ${millis('expires_at')} FROM ${lease} WHERE NOT EXISTS (SELECT FROM taken)`;
}

function fromNow(milliseconds: string): string {
  return `clock_timestamp() + ${milliseconds}::float8 * interval '1 millisecond'`;
}
