import type { AttemptStore, Clock } from '@nestjs-celery/core';
import type { Ask } from './ask.js';

/** Starts without an end, counted in PostgreSQL. */
export class PgAttempts implements AttemptStore {
  constructor(
    private readonly ask: Ask,
    private readonly clock: Clock,
  ) {}

  async begin(taskId: string): Promise<number> {
    const values = [taskId, this.clock.now().toISOString()];
    const rows = await this.ask<{ before: number }>(({ attempts }) => ({
      text: `INSERT INTO ${attempts} AS old (task_id, count, started_at) VALUES ($1, 1, $2::timestamptz)
        ON CONFLICT (task_id) DO UPDATE SET count = old.count + 1, started_at = excluded.started_at
        RETURNING count - 1 AS before`,
      values,
    }));
    return rows[0]?.before ?? 0;
  }

  async end(taskId: string): Promise<void> {
    await this.ask(({ attempts }) => ({ text: `DELETE FROM ${attempts} WHERE task_id = $1`, values: [taskId] }));
  }
}
