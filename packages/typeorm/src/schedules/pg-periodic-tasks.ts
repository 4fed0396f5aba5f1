import { DuplicateName } from '@nestjs-celery/core';
import type { PeriodicTaskChange, PeriodicTaskQuery, PeriodicTaskRow, PeriodicTaskStore } from '@nestjs-celery/core';
import type { PgQuery } from '../pg-driver.js';
import type { ScheduleSession } from './schedule-session.js';
import type { StoredTask } from './stored-task.js';
import { toTask } from './stored-task.js';
import { TaskSelect } from './task-select.js';
import { TaskWriter } from './task-writer.js';

/** Django's periodic tasks in PostgreSQL. */
export class PgPeriodicTasks implements PeriodicTaskStore {
  constructor(
    /** @throws BackendUnavailable when it is not open */
    private readonly session: () => Promise<ScheduleSession>,
    private readonly now: () => Date,
  ) {}

  page(afterId: number, limit: number): Promise<readonly PeriodicTaskRow[]> {
    return this.#select(
      'celery_schedules_page',
      (table) => `SELECT * FROM ${table} WHERE enabled AND id > $1::bigint ORDER BY id LIMIT $2::int`,
      [afterId, limit],
    );
  }

  async find(by: Parameters<PeriodicTaskStore['find']>[0]): Promise<readonly PeriodicTaskRow[]> {
    return 'ids' in by
      ? this.#select('celery_schedules_ids', (table) => `SELECT * FROM ${table} WHERE id = ANY($1::bigint[])`, [by.ids])
      : this.#select('celery_schedules_names', (table) => `SELECT * FROM ${table} WHERE name = ANY($1::text[])`, [
          by.names,
        ]);
  }

  async list({ search = '', enabled, limit, offset }: PeriodicTaskQuery): ReturnType<PeriodicTaskStore['list']> {
    const session = await this.session();
    const { periodicTask } = session.tables;
    const where = `FROM ${periodicTask} WHERE ($2::boolean IS NULL OR enabled = $2::boolean)
      AND ($1::text = '' OR strpos(lower(name), lower($1::text)) > 0 OR strpos(lower(task), lower($1::text)) > 0)`;
    const values = [search, enabled ?? null];
    const page = `SELECT * ${where} ORDER BY name COLLATE "C" LIMIT $3::int OFFSET $4::int`;
    const [rows, counted] = await Promise.all([
      this.#rows({ text: selectOf(session).of(page, 't.name COLLATE "C"'), values: [...values, limit, offset] }),
      session.rows<{ total: number }>({ text: `SELECT count(*)::float8 AS total ${where}`, values }),
    ]);
    return { rows, total: counted[0]?.total ?? 0 };
  }

  async insert(fields: Parameters<PeriodicTaskStore['insert']>[0]): Promise<number> {
    const session = await this.session();
    const writer = new TaskWriter(session, this.now());
    return refusingDuplicates(fields.name, () => writer.insert(fields));
  }

  async update(id: number, change: PeriodicTaskChange): Promise<boolean> {
    const session = await this.session();
    const writer = new TaskWriter(session, this.now());
    return refusingDuplicates(change.name, () => writer.update(id, change));
  }

  async remove(id: number): Promise<boolean> {
    return new TaskWriter(await this.session(), this.now()).remove(id);
  }

  async #select(name: string, some: (table: string) => string, values: readonly unknown[]): Promise<PeriodicTaskRow[]> {
    const session = await this.session();
    return this.#rows({ name, text: selectOf(session).of(some(session.tables.periodicTask)), values });
  }

  async #rows(query: PgQuery): Promise<PeriodicTaskRow[]> {
    const session = await this.session();
    return (await session.rows<StoredTask>(query)).map(toTask);
  }
}

function selectOf({ tables, layout }: ScheduleSession): TaskSelect {
  return new TaskSelect(tables, layout);
}

async function refusingDuplicates<T>(name: string | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown; table?: string; constraint?: string } };
    const isDuplicate =
      cause?.code === '23505' && cause.table?.endsWith('periodictask') === true && !cause.constraint?.endsWith('_pkey');
    throw isDuplicate && name !== undefined ? new DuplicateName(name, { cause }) : error;
  }
}
