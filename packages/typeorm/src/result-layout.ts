import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { Queryable } from './pg-driver.js';
import type { ResultTables } from './result-tables.js';
import type { Layout } from './table-family.js';

/** The tables as they are: one that an older Django app made lacks columns. */
export interface ResultLayout extends Layout {
  /** Columns of the task results; empty where there is no such table. */
  readonly columns: ReadonlySet<string>;
  readonly hasGroups: boolean;
  /** Those of the tables that are ours alone which are missing. */
  readonly missingSideTables: readonly string[];
  /** Columns that must be given a value and that we know nothing of. */
  readonly demanding: readonly string[];
  /** The schema where the task results are, or where they would be made. */
  readonly schema: string;
}

const NEEDED = ['task_id', 'status', 'content_type', 'content_encoding', 'result', 'date_done', 'traceback', 'meta'];
/** Came with later versions of django-celery-results; done without where they are missing. */
const OPTIONAL = [
  'task_name',
  'task_args',
  'task_kwargs',
  'worker',
  'date_created',
  'periodic_task_name',
  'date_started',
];

const INSPECT = `
  SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.oid = to_regclass($1)), $4, current_schema())::text AS schema,
    ARRAY(SELECT attname::text FROM pg_attribute
          WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped) AS columns,
    ARRAY(SELECT attname::text FROM pg_attribute
          WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
            AND attnotnull AND NOT atthasdef AND attidentity = '') AS demanding,
    to_regclass($2) IS NOT NULL AS groups,
    to_regclass($3) IS NOT NULL AS migrations,
    ARRAY(SELECT name FROM unnest($5::text[]) AS name WHERE to_regclass(name) IS NULL) AS missing`;

interface Inspected {
  schema: string;
  columns: string[];
  demanding: string[];
  groups: boolean;
  migrations: boolean;
  missing: string[];
}

/** Looks at what is there; one round trip. */
export async function inspectLayout(pool: Queryable, tables: ResultTables): Promise<ResultLayout> {
  const { taskResult, groupResult, migrations, schema, revocations, attempts, calls, reruns, once } = tables;
  const sideTables = [revocations, attempts, calls, reruns, once];
  const values = [taskResult, groupResult, migrations, schema ?? null, sideTables];
  const { rows } = await pool.query<Inspected>({ text: INSPECT, values });
  const [found] = rows as [Inspected];
  const known = new Set(['id', ...NEEDED, ...OPTIONAL]);
  return {
    columns: new Set(found.columns),
    hasGroups: found.groups,
    missingSideTables: found.missing,
    hasMigrations: found.migrations,
    demanding: found.demanding.filter((column) => !known.has(column)),
    schema: found.schema,
  };
}

/** Without one of our own tables none of them is used. */
export function hasSideTables({ missingSideTables }: ResultLayout): boolean {
  return missingSideTables.length === 0;
}

/** @throws ImproperlyConfigured when the table cannot be used as it is, naming the columns. */
export function checkLayout(layout: ResultLayout, tables: ResultTables): void {
  const missing = NEEDED.filter((column) => !layout.columns.has(column));
  if (missing.length > 0) {
    throw new ImproperlyConfigured(
      `Table ${tables.taskResult} lacks ${named(missing)}: it is none of django-celery-results, or one from before version 1.1. ` +
        `Upgrade it with Django's migrate, or give typeormResults() another tablePrefix or schema.`,
    );
  }
  if (layout.demanding.length > 0) {
    throw new ImproperlyConfigured(
      `Table ${tables.taskResult} demands a value for ${named(layout.demanding)}, which no result has. ` +
        `Upgrade it with Django's migrate, or give the column a default.`,
    );
  }
}

/** @throws ImproperlyConfigured when one of our own tables was dropped. */
export function checkSideTables(layout: ResultLayout, tables: ResultTables): void {
  if (!hasSideTables(layout)) {
    throw new ImproperlyConfigured(
      `Table ${layout.missingSideTables.join(', ')} is missing, though the migrations have run: was it dropped? ` +
        `Remove 'SideTables…' from ${tables.migrations} and start again.`,
    );
  }
}

function named(columns: readonly string[]): string {
  return `${columns.length > 1 ? 'columns' : 'column'} ${columns.map((column) => `'${column}'`).join(', ')}`;
}
