import type { PgQuery } from './pg-driver.js';
import { callsSql, callsValues } from './stored-calls.js';
import { isReady } from './task-row.js';
import type { TaskRow } from './task-row.js';

export interface UpsertSettings {
  /** The table, quoted. */
  readonly table: string;
  /** That of the calls; undefined: there is none, and they are not kept. */
  readonly calls: string | undefined;
  /** What columns it has. */
  readonly columns: ReadonlySet<string>;
  readonly protectSuccess: boolean;
  /** Where to tell of results that are ready; undefined: nowhere. */
  readonly channel: string | undefined;
  readonly prepare: boolean;
}

/** One column of the statement: its value in a row, and what an update does to it. */
interface Column {
  readonly name: string;
  readonly type: 'text' | 'timestamptz';
  readonly valueOf: (row: TaskRow) => string | null;
  /** Only a value that is there replaces what an earlier save wrote. */
  readonly keepsOld?: boolean;
}

const text = (name: string, valueOf: Column['valueOf'], keepsOld = false): Column => ({
  name,
  type: 'text',
  valueOf,
  keepsOld,
});

const ALWAYS: readonly Column[] = [
  text('task_id', (row) => row.taskId),
  text('status', (row) => row.status),
  text('content_type', (row) => row.contentType),
  text('content_encoding', (row) => row.contentEncoding),
  text('result', (row) => row.result),
  { name: 'date_done', type: 'timestamptz', valueOf: (row) => row.savedAt },
  text('traceback', (row) => row.traceback),
  text('meta', (row) => row.meta),
];

const STARTED: readonly Column[] = [
  { name: 'date_started', type: 'timestamptz', valueOf: (row) => row.startedAt, keepsOld: true },
];

const EXTENDED: readonly Column[] = [
  text('task_name', (row) => row.extended?.taskName ?? null, true),
  text('task_args', (row) => row.extended?.taskArgs ?? null, true),
  text('task_kwargs', (row) => row.extended?.taskKwargs ?? null, true),
  text('worker', (row) => row.extended?.worker ?? null, true),
  text('periodic_task_name', (row) => row.extended?.periodicTaskName ?? null, true),
];

interface Variant {
  readonly name: string;
  readonly text: string;
  readonly columns: readonly Column[];
  readonly withCalls: boolean;
}

/** A payload of NOTIFY must be shorter than 8,000 bytes. */
const LONGEST_PAYLOAD = 7_999;
export const PAYLOAD_SEPARATOR = '\n';

/** Many rows in one statement, which also says which of them it left alone and tells those who wait. */
export class UpsertStatement {
  readonly #settings: UpsertSettings;
  /** By what it writes; there are eight. */
  readonly #variants = new Map<string, Variant>();

  constructor(settings: UpsertSettings) {
    this.#settings = settings;
  }

  /** Answers with one row: `kept`, the ids whose SUCCESS stays. The ids must differ; in one order everywhere, or batches deadlock. */
  of(rows: readonly TaskRow[]): PgQuery {
    const { name, text, columns, withCalls } = this.#variant(rows);
    const values: unknown[] = columns.map((column) => rows.map(column.valueOf));
    return {
      ...(this.#settings.prepare && { name }),
      text,
      values: [...values, this.#payload(rows), this.#settings.channel ?? null, ...(withCalls ? callsValues(rows) : [])],
    };
  }

  #variant(rows: readonly TaskRow[]): Variant {
    const started = rows.some((row) => row.startedAt !== null);
    const extended = rows.some((row) => row.extended !== undefined);
    const withCalls = this.#settings.calls !== undefined && rows.some((row) => row.call !== undefined);
    const key = `${started ? '_started' : ''}${extended ? '_extended' : ''}${withCalls ? '_calls' : ''}`;
    const known = this.#variants.get(key);
    if (known) return known;
    const wanted = [...ALWAYS, ...(started ? STARTED : []), ...(extended ? EXTENDED : [])];
    const columns = wanted.filter((column) => this.#settings.columns.has(column.name));
    const variant = { name: `celery_store${key}`, text: this.#sql(columns, withCalls), columns, withCalls };
    this.#variants.set(key, variant);
    return variant;
  }

  #sql(columns: readonly Column[], withCalls: boolean): string {
    const { table, calls, columns: existing, protectSuccess } = this.#settings;
    const names = columns.map((column) => column.name);
    const created = existing.has('date_created')
      ? { name: ', date_created', value: `, ${createdAt(names)}` }
      : undefined;
    const [payload, channel] = [`$${columns.length + 1}::text`, `$${columns.length + 2}::text`];
    return `
      WITH stored AS (
        INSERT INTO ${table} AS old (${names.join(', ')}${created?.name ?? ''})
        SELECT ${names.map((name) => `new.${name}`).join(', ')}${created?.value ?? ''}
        FROM unnest(${columns.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')}) AS new (${names.join(', ')})
        ON CONFLICT (task_id) DO UPDATE SET ${columns.slice(1).map(assignment).join(', ')}
        ${protectSuccess ? `WHERE old.status <> 'SUCCESS' OR excluded.status = 'SUCCESS'` : ''}
        RETURNING task_id
      )${withCalls && calls !== undefined ? callsSql(calls, columns.length + 3) : ''}
      SELECT ARRAY(SELECT unnest($1::text[]) EXCEPT SELECT task_id FROM stored) AS kept,
        CASE WHEN ${payload} IS NOT NULL THEN pg_notify(${channel}, ${payload}) END`;
  }

  /** The ids that somebody may wait for; '' = too many to name, look yourself; null = none. */
  #payload(rows: readonly TaskRow[]): string | null {
    const ready = this.#settings.channel === undefined ? [] : rows.filter(isReady).map((row) => row.taskId);
    if (ready.length === 0) return null;
    const payload = ready.join(PAYLOAD_SEPARATOR);
    const isPlain = payload.split(PAYLOAD_SEPARATOR).length === ready.length;
    return isPlain && Buffer.byteLength(payload) <= LONGEST_PAYLOAD ? payload : '';
  }
}

function assignment({ name, keepsOld }: Column): string {
  return `${name} = ${keepsOld ? `coalesce(excluded.${name}, old.${name})` : `excluded.${name}`}`;
}

/** The first save; a start that was merged with the end came before it. */
function createdAt(names: readonly string[]): string {
  return names.includes('date_started') ? 'coalesce(new.date_started, new.date_done)' : 'new.date_done';
}
