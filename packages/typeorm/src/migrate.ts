import { ImproperlyConfigured } from '@nestjs-celery/core';
import { DataSource, MigrationExecutor } from 'typeorm';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import type { Queryable } from './pg-driver.js';
import { isForbidden, reasonOf } from './pg-errors.js';
import type { Layout, TableFamily } from './table-family.js';

/** The line that makes the tables by hand. */
export const MIGRATE_COMMAND = 'npx nestjs-celery-migrate <database url>';

/** What is still to do to the tables. Those that somebody else made stay as they are. */
export async function pendingMigrations<L extends Layout>(
  pool: Queryable,
  family: TableFamily<L>,
  layout: L,
): Promise<string[]> {
  const ran = layout.hasMigrations
    ? await pool.query<{ name: string }>({ text: `SELECT name FROM ${family.tables.migrations}`, values: [] })
    : { rows: [] };
  const done = new Set(ran.rows.map((row) => row.name));
  return family.migrations.map(nameOf).filter((name) => !done.has(name) && family.isMissing(name, layout));
}

/**
 * Makes what is missing, in one transaction under a lock: of several processes that start at once, one does it and the others find it
 * done. Runs in a DataSource of its own, as the application's has migrations of the application.
 * @throws ImproperlyConfigured when PostgreSQL refuses, say for want of the right to create.
 */
export async function runMigrations<L extends Layout>(
  options: DataSourceOptions,
  family: TableFamily<L>,
  pending: readonly string[],
): Promise<void> {
  const dataSource = new DataSource(migrationOptions(options, family, pending));
  await dataSource.initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction();
    await migrateUnderLock(dataSource, queryRunner, family);
    await queryRunner.commitTransaction();
  } catch (error) {
    await rollBack(queryRunner);
    throw refused(error, family);
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}

async function migrateUnderLock<L extends Layout>(
  dataSource: DataSource,
  queryRunner: QueryRunner,
  family: TableFamily<L>,
): Promise<void> {
  await queryRunner.query(`SELECT pg_advisory_xact_lock(hashtext('nestjs-celery migrations'))`);
  const session = sessionOf(queryRunner);
  if ((await pendingMigrations(session, family, await family.inspect(session))).length === 0) return;
  const { schema } = family.tables;
  // CREATE SCHEMA IF NOT EXISTS asks for the right to create even where there is nothing to do.
  if (schema !== undefined && !(await queryRunner.hasSchema(schema))) await queryRunner.createSchema(schema);
  await new MigrationExecutor(dataSource, queryRunner).executePendingMigrations();
}

function migrationOptions<L extends Layout>(
  options: DataSourceOptions,
  { tables, migrations }: TableFamily<L>,
  pending: readonly string[],
): DataSourceOptions {
  const ours = {
    entities: [],
    subscribers: [],
    migrations: migrations.filter((Migration) => pending.includes(nameOf(Migration))),
    migrationsTableName: tables.migrationsName,
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    installExtensions: false,
    poolSize: 1,
    logger: 'debug', // what goes wrong is in our error
    ...(tables.schema !== undefined && { schema: tables.schema }),
  };
  return Object.assign({}, options, ours) as DataSourceOptions;
}

/** The query runner's one connection as a pool, so that what it sees is what the transaction sees. */
export function sessionOf(queryRunner: QueryRunner): Queryable {
  return {
    query: async ({ text, values }) => {
      const { records } = await queryRunner.query(text, [...values], true);
      return { rows: records as never[], rowCount: records.length };
    },
  };
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

function refused<L extends Layout>(error: unknown, { kind, examples }: TableFamily<L>): unknown {
  if (!isForbidden(error) && (error as { code?: unknown }).code !== '3F000') return error;
  return new ImproperlyConfigured(
    `Tables of the ${kind}s (${examples}, …) are missing and may not be made here: ${reasonOf(error)}. ` +
      `Run '${MIGRATE_COMMAND}' as a user who may, and set migrate: 'check'.`,
    { cause: error },
  );
}
