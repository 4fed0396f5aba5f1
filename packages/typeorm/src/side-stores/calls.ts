import type { CallStore, Clock, RerunLink, RerunLinks, StoredCall } from '@nestjs-celery/core';
import type { Ask } from './ask.js';

interface CallRow extends Omit<StoredCall, 'taskId'> {
  readonly task_id: string;
}

/** Arguments and reruns in PostgreSQL. The arguments are written with the results. */
export class PgCalls implements CallStore {
  constructor(
    private readonly ask: Ask,
    private readonly clock: Clock,
  ) {}

  async find(taskId: string): Promise<StoredCall | undefined> {
    const rows = await this.ask<CallRow>(({ calls }) => ({
      text: `SELECT task_id, name, args, kwargs, queue, redacted FROM ${calls} WHERE task_id = $1`,
      values: [taskId],
    }));
    return rows.map(({ task_id, ...call }) => ({ taskId: task_id, ...call }))[0];
  }

  async link({ taskId, rerunOf }: RerunLink): Promise<void> {
    await this.ask(({ reruns }) => ({
      text: `INSERT INTO ${reruns} (task_id, rerun_of, created_at) VALUES ($1, $2, $3::timestamptz)
        ON CONFLICT (task_id) DO UPDATE SET rerun_of = excluded.rerun_of`,
      values: [taskId, rerunOf, this.clock.now().toISOString()],
    }));
  }

  async linksOf(taskId: string): Promise<RerunLinks> {
    const [row] = await this.ask<RerunLinks>(({ reruns }) => ({
      text: `SELECT (SELECT rerun_of FROM ${reruns} WHERE task_id = $1) AS "rerunOf",
        ARRAY(SELECT task_id::text FROM ${reruns} WHERE rerun_of = $1 ORDER BY created_at, task_id) AS reruns`,
      values: [taskId],
    }));
    return row ?? { rerunOf: null, reruns: [] };
  }
}
