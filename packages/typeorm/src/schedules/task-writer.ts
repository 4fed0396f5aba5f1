import type { PeriodicTaskChange, PeriodicTaskFields } from '@nestjs-celery/core';
import type { Queryable } from '../pg-driver.js';
import { policyColumnsOf } from './policy-columns.js';
import { ScheduleRows } from './schedule-rows.js';
import type { ScheduleSession } from './schedule-session.js';
import { COLUMN_DEFAULTS, columnsOf } from './task-columns.js';
import type { Columns, ColumnValue } from './task-columns.js';

/**
 * Saves of tasks, each in one transaction that ends with the note for Django's beat. Rows are locked in one order: schedules, task,
 * policy, state, note.
 */
export class TaskWriter {
  readonly #session: ScheduleSession;
  readonly #schedules: ScheduleRows;
  readonly #now: Date;

  constructor(session: ScheduleSession, now: Date) {
    this.#session = session;
    this.#schedules = new ScheduleRows(session.tables, session.layout);
    this.#now = now;
  }

  insert(fields: PeriodicTaskChange & Pick<PeriodicTaskFields, 'name' | 'schedules'>): Promise<number> {
    return this.#session.transaction(async (session) => {
      const schedules = await this.#schedules.columnsFor(session, fields.schedules);
      const id = await this.#insertTask(session, { ...COLUMN_DEFAULTS, ...columnsOf(fields), ...schedules });
      await this.#removeOwn(session, id); // ids come again after TRUNCATE … RESTART IDENTITY
      if (fields.policy) await this.#savePolicy(session, id, fields.policy);
      await this.#tellDjango(session);
      return id;
    });
  }

  update(id: number, change: PeriodicTaskChange): Promise<boolean> {
    return this.#session.transaction(async (session) => {
      const { schedules, policy } = change;
      const leads = schedules && (await this.#schedules.columnsFor(session, schedules));
      const isThere = await this.#updateTask(session, id, { ...columnsOf(change), ...leads });
      if (!isThere) return false;
      if (policy !== undefined) await this.#savePolicy(session, id, policy);
      await this.#tellDjango(session);
      return true;
    });
  }

  remove(id: number): Promise<boolean> {
    return this.#session.transaction(async (session) => {
      const { rows } = await session.query({
        text: `DELETE FROM ${this.#session.tables.periodicTask} WHERE id = $1::bigint RETURNING 1`,
        values: [id],
      });
      if (rows.length === 0) return false;
      await this.#removeOwn(session, id);
      await this.#tellDjango(session);
      return true;
    });
  }

  async #insertTask(session: Queryable, columns: Columns): Promise<number> {
    const given = this.#known({ ...columns, date_changed: this.#now.toISOString() });
    const { rows } = await session.query<{ id: number }>({
      text: `INSERT INTO ${this.#session.tables.periodicTask} (${given.map(([name]) => name).join(', ')})
        VALUES (${given.map((_, n) => `$${n + 1}`).join(', ')}) RETURNING id::float8 AS id`,
      values: given.map(([, value]) => value),
    });
    const [made] = rows as [{ id: number }];
    return made.id;
  }

  async #updateTask(session: Queryable, id: number, columns: Columns): Promise<boolean> {
    const given = this.#known({ ...columns, date_changed: this.#now.toISOString() });
    const { rows } = await session.query({
      text: `UPDATE ${this.#session.tables.periodicTask} SET ${given.map(([name], n) => `${name} = $${n + 2}`).join(', ')}
        WHERE id = $1::bigint RETURNING 1`,
      values: [id, ...given.map(([, value]) => value)],
    });
    return rows.length > 0;
  }

  /** An older Django's table lacks some. */
  #known(columns: Columns): [string, ColumnValue][] {
    return Object.entries(columns).filter(([name]) => this.#session.layout.columns.has(name));
  }

  /** Policy and state. */
  async #removeOwn(session: Queryable, id: number): Promise<void> {
    const { policies, states } = this.#session.tables;
    await session.query({
      text: `WITH policy AS (DELETE FROM ${policies} WHERE periodic_task_id = $1::bigint)
        DELETE FROM ${states} WHERE periodic_task_id = $1::bigint`,
      values: [id],
    });
  }

  async #savePolicy(session: Queryable, id: number, policy: PeriodicTaskChange['policy']): Promise<void> {
    const { policies } = this.#session.tables;
    await session.query({ text: `DELETE FROM ${policies} WHERE periodic_task_id = $1::bigint`, values: [id] });
    const given = Object.entries(policyColumnsOf(policy ?? {}));
    if (given.length === 0) return;
    await session.query({
      text: `INSERT INTO ${policies} (periodic_task_id, ${given.map(([column]) => column).join(', ')})
        VALUES ($1::bigint, ${given.map((_, n) => `$${n + 2}`).join(', ')})`,
      values: [id, ...given.map(([, value]) => value)],
    });
  }

  /** `PeriodicTasks.changed`: Django's beat loads anew when the time is later than the one that it knows. */
  async #tellDjango(session: Queryable): Promise<void> {
    await session.query({
      text: `INSERT INTO ${this.#session.tables.changes} AS old (ident, last_update) VALUES (1, $1::timestamptz)
        ON CONFLICT (ident) DO UPDATE SET last_update = greatest(excluded.last_update, old.last_update + interval '1 microsecond')`,
      values: [this.#now.toISOString()],
    });
  }
}
