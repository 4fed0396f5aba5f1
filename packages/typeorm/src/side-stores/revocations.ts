import type { RevocationStore } from '@nestjs-celery/core';
import type { Ask } from './ask.js';

/** Revoked ids in PostgreSQL, where every worker finds them. */
export class PgRevocations implements RevocationStore {
  constructor(private readonly ask: Ask) {}

  async add(taskIds: readonly string[], until: Date): Promise<void> {
    await this.ask(({ revocations, taskIdMaxLength }) => ({
      text: `INSERT INTO ${revocations} AS old (task_id, expires_at)
        SELECT DISTINCT id, $2::timestamptz FROM unnest($1::text[]) AS id ORDER BY id
        ON CONFLICT (task_id) DO UPDATE SET expires_at = greatest(old.expires_at, excluded.expires_at)`,
      values: [taskIds.filter((id) => canBe(id, taskIdMaxLength)), until.toISOString()],
    }));
  }

  async load(now: Date, limit: number): Promise<string[]> {
    const rows = await this.ask<{ task_id: string }>(({ revocations }) => ({
      text: `SELECT task_id FROM ${revocations} WHERE expires_at > $1::timestamptz ORDER BY expires_at DESC LIMIT $2::int`,
      values: [now.toISOString(), limit],
    }));
    return rows.map((row) => row.task_id);
  }
}

/** Anybody may revoke any text; no task whose result is stored here has such an id. */
function canBe(id: string, maxLength: number): boolean {
  return id.length <= maxLength && !id.includes('\0');
}
