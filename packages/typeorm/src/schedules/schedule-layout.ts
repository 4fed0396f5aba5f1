import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { Queryable } from '../pg-driver.js';
import type { Layout } from '../table-family.js';
import { channelSql } from './edit-channel.js';
import { areAllThere, existingTriggers } from './edit-triggers.js';
import { SCHEDULE_KINDS } from './schedule-tables.js';
import type { ScheduleKind, ScheduleTables } from './schedule-tables.js';

/** The tables as they are: those that an older Django app made lack columns, and kinds of schedules. */
export interface ScheduleLayout extends Layout {
  /** Columns of the periodic tasks; empty where there is no such table. */
  readonly columns: ReadonlySet<string>;
  /** The schedules that a task can have. */
  readonly kinds: ReadonlySet<ScheduleKind>;
  readonly crontabColumns: ReadonlySet<string>;
  readonly clockedColumns: ReadonlySet<string>;
  readonly missingSideTables: readonly string[];
  /** Every edit is told by NOTIFY. */
  readonly hasTriggers: boolean;
  /** Where it is told. */
  readonly channel: string;
  /** PostgreSQL 13 and later. */
  readonly hasFullXids: boolean;
}

/** The oldest tables that can be used, of django-celery-beat 1.0, have these. */
const NEEDED = [
  'name',
  'task',
  'interval_id',
  'crontab_id',
  'args',
  'kwargs',
  'queue',
  'exchange',
  'routing_key',
].concat(['expires', 'enabled', 'last_run_at', 'total_run_count', 'date_changed']);

const COLUMNS_OF = (parameter: string): string => `ARRAY(SELECT attname::text FROM pg_attribute
  WHERE attrelid = to_regclass(${parameter}) AND attnum > 0 AND NOT attisdropped)`;

const INSPECT = `
  SELECT ${COLUMNS_OF('$1')} AS columns, ${COLUMNS_OF('$2')} AS crontab, ${COLUMNS_OF('$3')} AS clocked,
    ARRAY(SELECT name FROM unnest($4::text[]) AS name WHERE to_regclass(name) IS NULL) AS missing,
    to_regclass($5) IS NOT NULL AS migrations,
    to_regproc('pg_catalog.pg_current_snapshot') IS NOT NULL AS "fullXids",
    ${channelSql('place.schema', '$6::text')} AS channel
  FROM (SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE c.oid = to_regclass($1)), $7, current_schema())::text AS schema) AS place`;

interface Inspected {
  readonly columns: string[];
  readonly crontab: string[];
  readonly clocked: string[];
  readonly missing: string[];
  readonly migrations: boolean;
  readonly fullXids: boolean;
  readonly channel: string;
}

/** Looks at what is there. */
export async function inspectSchedules(pool: Queryable, tables: ScheduleTables): Promise<ScheduleLayout> {
  const { periodicTask, crontab, clocked, migrations, prefix, schema } = tables;
  const values = [periodicTask, crontab, clocked, optionalTables(tables), migrations, prefix, schema ?? null];
  const { rows } = await pool.query<Inspected>({ text: INSPECT, values });
  const [found] = rows as [Inspected];
  const columns = new Set(found.columns);
  const isThere = (table: string): boolean => !found.missing.includes(table);
  return {
    columns,
    kinds: new Set(SCHEDULE_KINDS.filter((kind) => columns.has(`${kind}_id`) && isThere(tables[kind]))),
    crontabColumns: new Set(found.crontab),
    clockedColumns: new Set(found.clocked),
    missingSideTables: sideTables(tables).filter((table) => !isThere(table)),
    hasTriggers: areAllThere(tables, await existingTriggers(pool, tables)),
    hasMigrations: found.migrations,
    hasFullXids: found.fullXids,
    channel: found.channel,
  };
}

function sideTables({ policies, states, codeStates, runs, lease }: ScheduleTables): string[] {
  return [policies, states, codeStates, runs, lease];
}

function optionalTables(tables: ScheduleTables): string[] {
  return [...SCHEDULE_KINDS.map((kind) => tables[kind]), ...sideTables(tables)];
}

/** @throws ImproperlyConfigured when the tables cannot be used as they are, naming what is missing. */
export function checkSchedules(layout: ScheduleLayout, tables: ScheduleTables): void {
  const missing = NEEDED.filter((column) => !layout.columns.has(column));
  if (missing.length > 0) {
    throw new ImproperlyConfigured(
      `Table ${tables.periodicTask} lacks '${missing.join("', '")}': it is none of django-celery-beat. ` +
        `Upgrade it with Django's migrate, or give typeormSchedules() another tablePrefix or schema.`,
    );
  }
  if (layout.missingSideTables.length > 0) {
    throw new ImproperlyConfigured(
      `Table ${layout.missingSideTables.join(', ')} is missing, though the migrations have run: was it dropped? ` +
        `Remove 'ScheduleSideTables…' from ${tables.migrations} and start again.`,
    );
  }
}
