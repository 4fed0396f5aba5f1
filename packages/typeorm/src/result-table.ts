import type { PgAnswer, PgPool, PgQuery } from './pg-driver.js';
import { hasSideTables } from './result-layout.js';
import type { ResultLayout } from './result-layout.js';
import type { ResultTables } from './result-tables.js';
import { toTaskMeta } from './stored-row.js';
import type { StoredRow } from './stored-row.js';
import type { TaskRow } from './task-row.js';
import { UpsertStatement } from './upsert-statement.js';
import type { TaskMeta } from '@nestjs-celery/core';

/** Ids of one read or delete. */
const CHUNK = 1_000;
/** Rows that one statement of the expiry deletes, so that it never holds many locks, nor for long. */
const EXPIRY_ROWS = 5_000;
/** So long a task of beat's is known to have begun, however short results are kept. */
const DAY_MS = 86_400_000;

export interface ResultTableSettings {
  readonly protectSuccess: boolean;
  readonly prepare: boolean;
  readonly channel: string | undefined;
}

/** A table whose rows grow old. */
interface Dated {
  readonly table: string;
  readonly key: string;
  readonly time: string;
}

/** The statements. Each is one round trip and throws what the driver throws. */
export class ResultTable {
  readonly #pool: PgPool;
  readonly #tables: ResultTables;
  readonly #hasGroups: boolean;
  readonly #hasSideTables: boolean;
  readonly #prepare: boolean;
  readonly #upsert: UpsertStatement;
  readonly #select: string;

  constructor(pool: PgPool, tables: ResultTables, layout: ResultLayout, settings: ResultTableSettings) {
    this.#pool = pool;
    this.#tables = tables;
    this.#hasGroups = layout.hasGroups;
    this.#hasSideTables = hasSideTables(layout);
    this.#prepare = settings.prepare;
    this.#upsert = new UpsertStatement({
      table: tables.taskResult,
      calls: this.#hasSideTables ? tables.calls : undefined,
      columns: layout.columns,
      ...settings,
    });
    this.#select = selectFrom(tables.taskResult, layout.columns);
  }

  /** Commits the rows; the ids whose SUCCESS was left as it is. */
  async upsert(rows: readonly TaskRow[]): Promise<ReadonlySet<string>> {
    const answer = await this.#pool.query<{ kept: string[] }>(this.#upsert.of(rows));
    return new Set(answer.rows[0]?.kept);
  }

  async find(taskIds: readonly string[]): Promise<TaskMeta[]> {
    return this.#read('celery_find', this.#select, taskIds);
  }

  /** Only those that are over. */
  async findReady(taskIds: readonly string[]): Promise<TaskMeta[]> {
    return this.#read('celery_find_ready', `${this.#select} AND status IN ('SUCCESS', 'FAILURE', 'REVOKED')`, taskIds);
  }

  async delete(taskIds: readonly string[]): Promise<void> {
    const { taskResult, calls, reruns } = this.#tables;
    const results = `DELETE FROM ${taskResult} WHERE task_id = ANY($1::text[])`;
    const text = this.#hasSideTables
      ? `WITH calls AS (DELETE FROM ${calls} WHERE task_id = ANY($1::text[])),
        reruns AS (DELETE FROM ${reruns} WHERE task_id = ANY($1::text[])) ${results}`
      : results;
    for (const ids of chunksOf(taskIds)) await this.#query({ name: 'celery_forget', text, values: [ids] });
  }

  /** Task and group results last saved before then, and what is kept besides; how many results. */
  async deleteExpired(before: Date, now: Date): Promise<number> {
    const { taskResult, groupResult, revocations, attempts, calls, reruns, once } = this.#tables;
    let deleted = 0;
    for (const table of this.#hasGroups ? [taskResult, groupResult] : [taskResult]) {
      deleted += await this.#deleteOld({ table, key: 'id', time: 'date_done' }, before);
    }
    if (!this.#hasSideTables) return deleted;
    await this.#deleteOld({ table: calls, key: 'task_id', time: 'saved_at' }, before);
    await this.#deleteOld({ table: reruns, key: 'task_id', time: 'created_at' }, before);
    await this.#deleteOld({ table: attempts, key: 'task_id', time: 'started_at' }, before);
    await this.#deleteOld({ table: revocations, key: 'task_id', time: 'expires_at' }, now);
    await this.#deleteOld({ table: once, key: 'task_id', time: 'seen_at' }, new Date(now.getTime() - DAY_MS));
    return deleted;
  }

  /** Rows that somebody is just writing are left for the next time. */
  async #deleteOld({ table, key, time }: Dated, before: Date): Promise<number> {
    const text = `DELETE FROM ${table} WHERE ${key} = ANY(ARRAY(
      SELECT ${key} FROM ${table} WHERE ${time} < $1::timestamptz ORDER BY ${time} LIMIT ${EXPIRY_ROWS} FOR UPDATE SKIP LOCKED))`;
    let deleted = 0;
    for (let rows = EXPIRY_ROWS; rows === EXPIRY_ROWS; deleted += rows) {
      rows = (await this.#pool.query({ text, values: [before.toISOString()] })).rowCount ?? 0;
    }
    return deleted;
  }

  async #read(name: string, text: string, taskIds: readonly string[]): Promise<TaskMeta[]> {
    const metas: TaskMeta[] = [];
    for (const ids of chunksOf(taskIds)) {
      const { rows } = await this.#query<StoredRow>({ name, text, values: [ids] });
      for (const row of rows) metas.push(toTaskMeta(row));
    }
    return metas;
  }

  #query<Row>({ name, text, values }: Required<PgQuery>): Promise<PgAnswer<Row>> {
    return this.#pool.query<Row>({ ...(this.#prepare && { name }), text, values });
  }
}

const READ = ['task_id', 'status', 'content_type', 'content_encoding', 'result', 'traceback', 'meta'];
const READ_IF_THERE = ['task_name', 'task_args', 'task_kwargs', 'worker', 'periodic_task_name'];

/** Times as numbers, so that no type parser of the application's comes between. */
function selectFrom(table: string, columns: ReadonlySet<string>): string {
  const milliseconds = (column: string, name: string) => `(extract(epoch FROM ${column}) * 1000)::float8 AS ${name}`;
  const selected = [
    ...READ,
    ...READ_IF_THERE.filter((column) => columns.has(column)),
    milliseconds('date_done', 'done_ms'),
    ...(columns.has('date_started') ? [milliseconds('date_started', 'started_ms')] : []),
  ];
  return `SELECT ${selected.join(', ')} FROM ${table} WHERE task_id = ANY($1::text[])`;
}

function* chunksOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += CHUNK) yield ids.slice(start, start + CHUNK);
}
