import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import type { ResultTables } from '../result-tables.js';

/**
 * Tables of ours beside those of django-celery-results, whoever made these. Says `IF NOT EXISTS`: `typeormResults()` makes them
 * at start, and a later `typeorm migration:run` of the application finds them there.
 */
export function sideTables(tables: ResultTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'SideTables1700000000002';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const sql of [...revocations(tables), ...attempts(tables), ...calls(tables), ...reruns(tables)]) {
        await queryRunner.query(sql);
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const table of [tables.reruns, tables.calls, tables.attempts, tables.revocations]) {
        await queryRunner.query(`DROP TABLE IF EXISTS ${table}`);
      }
    }
  };
}

function revocations(tables: ResultTables): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.revocations} (
      ${taskId(tables, 'revocations')},
      expires_at timestamptz NOT NULL
    )`,
    index(tables, 'revocations', 'expires_at'),
  ];
}

function attempts(tables: ResultTables): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.attempts} (
      ${taskId(tables, 'attempts')},
      count integer NOT NULL,
      started_at timestamptz NOT NULL
    )`,
  ];
}

function calls(tables: ResultTables): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.calls} (
      ${taskId(tables, 'calls')},
      name text NOT NULL,
      args text NOT NULL,
      kwargs text NOT NULL,
      queue text,
      redacted boolean NOT NULL,
      saved_at timestamptz NOT NULL
    )`,
    index(tables, 'calls', 'saved_at'),
  ];
}

function reruns(tables: ResultTables): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.reruns} (
      ${taskId(tables, 'reruns')},
      rerun_of varchar(${tables.taskIdMaxLength}) NOT NULL,
      created_at timestamptz NOT NULL
    )`,
    index(tables, 'reruns', 'rerun_of'),
    index(tables, 'reruns', 'created_at'),
  ];
}

type SideTable = 'revocations' | 'attempts' | 'calls' | 'reruns';

function taskId({ sidePrefix, taskIdMaxLength }: ResultTables, table: SideTable): string {
  const key = quoted(`${sidePrefix}${table}_pkey`);
  return `task_id varchar(${taskIdMaxLength}) NOT NULL CONSTRAINT ${key} PRIMARY KEY`;
}

function index(tables: ResultTables, table: SideTable, column: string): string {
  const name = quoted(`${tables.sidePrefix}${table}_${column}_idx`);
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${tables[table]} (${column})`;
}
