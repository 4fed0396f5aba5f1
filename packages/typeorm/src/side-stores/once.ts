import type { Clock, OnceStore } from '@nestjs-celery/core';
import type { Ask } from './ask.js';

/** Tasks of beat's that have begun, in PostgreSQL. */
export class PgOnce implements OnceStore {
  constructor(
    private readonly ask: Ask,
    private readonly clock: Clock,
  ) {}

  async first(taskId: string): Promise<boolean> {
    const values = [taskId, this.clock.now().toISOString()];
    const rows = await this.ask<{ task_id: string }>(({ once }) => ({
      text: `INSERT INTO ${once} (task_id, seen_at) VALUES ($1, $2::timestamptz)
        ON CONFLICT (task_id) DO NOTHING RETURNING task_id`,
      values,
    }));
    return rows.length > 0;
  }
}
