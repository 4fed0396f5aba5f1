import type { PeriodicTaskChange, PeriodicTaskFields } from '@nestjs-celery/core';
import type { Queryable } from '../pg-driver.js';
import { policyColumnsOf } from './policy-columns.js';
import { ScheduleRows } from './schedule-rows.js';
import type { ScheduleSession } from './schedule-session.js';
import { COLUMN_DEFAULTS, columnsOf } from './task-columns.js';
import type { Columns, ColumnValue } from './task-columns.js';

interface Names {
  readonly name: string;
  readonly before: string;
}

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
      if (fields.policy) await this.#savePolicy(session, id, fields.name, fields.policy);
      await this.#tellDjango(session);
      return id;
    });
  }

  update(id: number, change: PeriodicTaskChange): Promise<boolean> {
    return this.#session.transaction(async (session) => {
      const { schedules, policy } = change;
      const leads = schedules && (await this.#schedules.columnsFor(session, schedules));
      const names = await this.#updateTask(session, id, { ...columnsOf(change), ...leads });
      if (names === undefined) return false;
      if (names.before !== names.name) await this.#rename(session, id, names);
      if (policy !== undefined) await this.#savePolicy(session, id, names.name, policy);
      await this.#tellDjango(session);
      return true;
    });
  }

  remove(id: number): Promise<boolean> {
    const { periodicTask, policies, states } = this.#session.tables;
    return this.#session.transaction(async (session) => {
      const { rows } = await session.query<{ name: string }>({
        text: `DELETE FROM ${periodicTask} WHERE id = $1::bigint RETURNING name`,
        values: [id],
      });
      const [task] = rows;
      if (task === undefined) return false;
      for (const table of [policies, states]) {
        const text = `DELETE FROM ${table} WHERE name = $1 AND periodic_task_id = $2::bigint`;
        await session.query({ text, values: [task.name, id] });
      }
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

  async #updateTask(session: Queryable, id: number, columns: Columns): Promise<Names | undefined> {
    const { periodicTask } = this.#session.tables;
    const given = this.#known({ ...columns, date_changed: this.#now.toISOString() });
    const { rows } = await session.query<Names>({
      text: `UPDATE ${periodicTask} AS t SET ${given.map(([name], n) => `${name} = $${n + 2}`).join(', ')}
        FROM (SELECT id, name FROM ${periodicTask} WHERE id = $1::bigint FOR UPDATE) AS old
        WHERE t.id = old.id RETURNING t.name, old.name AS before`,
      values: [id, ...given.map(([, value]) => value)],
    });
    return rows[0];
  }

  /** An older Django's table lacks some. */
  #known(columns: Columns): [string, ColumnValue][] {
    return Object.entries(columns).filter(([name]) => this.#session.layout.columns.has(name));
  }

  /** Policy and state go with the task; what another task of that name left makes way. */
  async #rename(session: Queryable, id: number, { name, before }: Names): Promise<void> {
    const { policies, states } = this.#session.tables;
    for (const table of [policies, states]) {
      await session.query({ text: `DELETE FROM ${table} WHERE name = $1`, values: [name] });
      const text = `UPDATE ${table} SET name = $1 WHERE name = $2 AND periodic_task_id = $3::bigint`;
      await session.query({ text, values: [name, before, id] });
    }
  }

  async #savePolicy(session: Queryable, id: number, name: string, policy: PeriodicTaskChange['policy']): Promise<void> {
    const { policies } = this.#session.tables;
    await session.query({ text: `DELETE FROM ${policies} WHERE name = $1`, values: [name] });
    const given = Object.entries(policyColumnsOf(policy ?? {}));
    if (given.length === 0) return;
    await session.query({
      text: `INSERT INTO ${policies} (name, periodic_task_id, ${given.map(([column]) => column).join(', ')})
        VALUES ($1, $2::bigint, ${given.map((_, n) => `$${n + 3}`).join(', ')})`,
      values: [name, id, ...given.map(([, value]) => value)],
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
