import type { ScheduleEdit } from '@nestjs-celery/core';
import { ALL } from './edit-channel.js';
import type { ScheduleSession } from './schedule-session.js';
import { SCHEDULE_KINDS } from './schedule-tables.js';
import type { ScheduleKind } from './schedule-tables.js';

/** What the triggers have told, until it is told on: rows of tasks, and schedules whose tasks have to be looked for. */
export class EditedRows {
  readonly #session: ScheduleSession;
  readonly #tasks = new Set<number>();
  readonly #schedules = new Map<ScheduleKind, Set<number>>();
  #isAll = false;

  constructor(session: ScheduleSession) {
    this.#session = session;
  }

  /** `task:7`, `interval:3`, `all`. What else comes is no edit. */
  add(payload: string): void {
    if (payload === ALL) this.#isAll = true;
    const [kind, id] = payload.split(':');
    if (id === undefined) return;
    if (kind === 'task') this.#tasks.add(Number(id));
    const schedule = SCHEDULE_KINDS.find((one) => one === kind);
    if (schedule === undefined) return;
    this.#schedules.set(schedule, (this.#schedules.get(schedule) ?? new Set()).add(Number(id)));
  }

  /** And forgets them. @throws BackendStoreError, BackendUnavailable */
  async take(): Promise<ScheduleEdit | undefined> {
    const [isAll, tasks, schedules] = [this.#isAll, [...this.#tasks], [...this.#schedules]];
    this.#isAll = false;
    this.#tasks.clear();
    this.#schedules.clear();
    if (isAll) return 'all';
    const ids = new Set([...tasks, ...(await this.#tasksOf(schedules))]);
    return ids.size > 0 ? { ids: [...ids] } : undefined;
  }

  async #tasksOf(schedules: readonly [ScheduleKind, ReadonlySet<number>][]): Promise<number[]> {
    if (schedules.length === 0) return [];
    const rows = await this.#session.rows<{ id: number }>({
      text: schedules
        .map(
          ([kind], n) =>
            `SELECT id::float8 AS id FROM ${this.#session.tables.periodicTask} WHERE ${kind}_id = ANY($${n + 1}::bigint[])`,
        )
        .join(' UNION '),
      values: schedules.map(([, ids]) => [...ids]),
    });
    return rows.map(({ id }) => id);
  }
}
