import { ImproperlyConfigured } from '@nestjs-celery/core';
import { DataSource, MigrationExecutor } from 'typeorm';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { migrationsOf } from './migrations/index.js';
import { isForbidden, reasonOf } from './pg-errors.js';
import { inspectLayout } from './result-layout.js';
import type { ResultLayout } from './result-layout.js';
import type { PgPool } from './pg-driver.js';
import type { ResultTables } from './result-tables.js';

/** The line that makes the tables by hand. */
export const MIGRATE_COMMAND = 'npx nestjs-celery-migrate <database url>';

/** What is still to do to the tables. Those of the results stay as they are where somebody else made them. */
export async function pendingMigrations(
  pool: Pick<PgPool, 'query'>,
  layout: ResultLayout,
  tables: ResultTables,
): Promise<string[]> {
  const ran = layout.hasMigrations
    ? await pool.query<{ name: string }>({ text: `SELECT name FROM ${tables.migrations}`, values: [] })
    : { rows: [] };
  const done = new Set(ran.rows.map((row) => row.name));
  return migrationNames(tables).filter((name) => !done.has(name) && isMissing(name, layout));
}

/** The application may have run a migration by its own means, and Django has made tables of its own. */
function isMissing(name: string, { columns, missingSideTables }: ResultLayout): boolean {
  if (name.startsWith('InitialResults')) return columns.size === 0;
  if (name.startsWith('SideTables')) return missingSideTables.length > 0;
  return true;
}

/** Results can be kept without the tables that are not Django's. */
export function areOptional(pending: readonly string[]): boolean {
  return pending.every((name) => name.startsWith('SideTables'));
}

/**
 * Makes what is missing, in one transaction under a lock: of several processes that start at once, one does it and the others find it
 * done. Runs in a DataSource of its own, as the application's has migrations of the application.
 * @throws ImproperlyConfigured when PostgreSQL refuses, say for want of the right to create.
 */
export async function runMigrations(
  options: DataSourceOptions,
  tables: ResultTables,
  pending: readonly string[],
): Promise<void> {
  const dataSource = new DataSource(migrationOptions(options, tables, pending));
  await dataSource.initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction();
    await migrateUnderLock(dataSource, queryRunner, tables);
    await queryRunner.commitTransaction();
  } catch (error) {
    await rollBack(queryRunner);
    throw refused(error, tables);
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}

async function migrateUnderLock(dataSource: DataSource, queryRunner: QueryRunner, tables: ResultTables): Promise<void> {
  await queryRunner.query(`SELECT pg_advisory_xact_lock(hashtext('nestjs-celery migrations'))`);
  const session = sessionOf(queryRunner);
  if ((await pendingMigrations(session, await inspectLayout(session, tables), tables)).length === 0) return;
  // CREATE SCHEMA IF NOT EXISTS asks for the right to create even where there is nothing to do.
  if (tables.schema !== undefined && !(await queryRunner.hasSchema(tables.schema))) {
    await queryRunner.createSchema(tables.schema);
  }
  await new MigrationExecutor(dataSource, queryRunner).executePendingMigrations();
}

function migrationOptions(
  options: DataSourceOptions,
  tables: ResultTables,
  pending: readonly string[],
): DataSourceOptions {
  const ours = {
    entities: [],
    subscribers: [],
    migrations: migrationsOf(tables).filter((Migration) => pending.includes(nameOf(Migration))),
    migrationsTableName: tables.migrationsName,
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    installExtensions: false,
    poolSize: 1,
    ...(tables.schema !== undefined && { schema: tables.schema }),
  };
  return Object.assign({}, options, ours) as DataSourceOptions;
}

/** The query runner's one connection as a pool, so that what it sees is what the transaction sees. */
function sessionOf(queryRunner: QueryRunner): Pick<PgPool, 'query'> {
  return {
    query: async ({ text, values }) => {
      const { records } = await queryRunner.query(text, [...values], true);
      return { rows: records as never[], rowCount: records.length };
    },
  };
}

function migrationNames(tables: ResultTables): string[] {
  return migrationsOf(tables).map(nameOf);
}

function nameOf(Migration: new () => MigrationInterface): string {
  return new Migration().name ?? Migration.name;
}

async function rollBack(queryRunner: QueryRunner): Promise<void> {
  try {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
  } catch {
    // The connection has gone, and the transaction with it.
  }
}

function refused(error: unknown, tables: ResultTables): unknown {
  if (!isForbidden(error) && (error as { code?: unknown }).code !== '3F000') return error;
  return new ImproperlyConfigured(
    `Tables of the results (${tables.taskResult}, ${tables.calls}, …) are missing and may not be made here: ${reasonOf(error)}. ` +
      `Run '${MIGRATE_COMMAND}' as a user who may, and set migrate: 'check'.`,
    { cause: error },
  );
}
