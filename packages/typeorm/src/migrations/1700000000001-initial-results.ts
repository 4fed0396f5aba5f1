import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DJANGO_PREFIX, quoted } from '../result-tables.js';
import type { ResultTables } from '../result-tables.js';

/** The three tables as the migrations of django-celery-results 2.6 leave them: same columns in the same order, same names of indexes. */
export function initialResults(tables: ResultTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'InitialResults1700000000001';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const sql of [...taskResult(tables), ...groupResult(tables), ...chordCounter(tables)]) {
        await queryRunner.query(sql);
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const table of [tables.chordCounter, tables.groupResult, tables.taskResult]) {
        await queryRunner.query(`DROP TABLE ${table}`);
      }
    }
  };
}

function taskResult(tables: ResultTables): string[] {
  const { taskResult: table, prefix, taskIdMaxLength: length } = tables;
  const index = indexOf(tables, 'taskresult');
  return [
    `CREATE TABLE ${table} (
      id serial NOT NULL CONSTRAINT ${quoted(`${prefix}taskresult_pkey`)} PRIMARY KEY,
      task_id varchar(${length}) NOT NULL CONSTRAINT ${quoted(`${prefix}taskresult_task_id_key`)} UNIQUE,
      status varchar(50) NOT NULL,
      content_type varchar(128) NOT NULL,
      content_encoding varchar(64) NOT NULL,
      result text,
      date_done timestamptz NOT NULL,
      traceback text,
      meta text,
      task_args text,
      task_kwargs text,
      task_name varchar(${length}),
      worker varchar(100),
      date_created timestamptz NOT NULL,
      periodic_task_name varchar(255),
      date_started timestamptz
    )`,
    `CREATE INDEX ${index('task_id', 'de0d95bf', '_like')} ON ${table} (task_id varchar_pattern_ops)`,
    `CREATE INDEX ${index('task_na', '08aec9')} ON ${table} (task_name)`,
    `CREATE INDEX ${index('status', '9b6201')} ON ${table} (status)`,
    `CREATE INDEX ${index('worker', 'd54dd8')} ON ${table} (worker)`,
    `CREATE INDEX ${index('date_cr', 'f04a50')} ON ${table} (date_created)`,
    `CREATE INDEX ${index('date_do', 'f59aad')} ON ${table} (date_done)`,
    `CREATE INDEX ${index('periodi', '1993cf')} ON ${table} (periodic_task_name)`,
  ];
}

function groupResult(tables: ResultTables): string[] {
  const { groupResult: table, prefix, taskIdMaxLength: length } = tables;
  const index = indexOf(tables, 'groupresult');
  return [
    `CREATE TABLE ${table} (
      id serial NOT NULL CONSTRAINT ${quoted(`${prefix}groupresult_pkey`)} PRIMARY KEY,
      group_id varchar(${length}) NOT NULL CONSTRAINT ${quoted(`${prefix}groupresult_group_id_key`)} UNIQUE,
      date_created timestamptz NOT NULL,
      date_done timestamptz NOT NULL,
      content_type varchar(128) NOT NULL,
      content_encoding varchar(64) NOT NULL,
      result text
    )`,
    `CREATE INDEX ${index('group_id', 'a085f1a9', '_like')} ON ${table} (group_id varchar_pattern_ops)`,
    `CREATE INDEX ${index('date_cr', 'bd6c1d')} ON ${table} (date_created)`,
    `CREATE INDEX ${index('date_do', 'caae0e')} ON ${table} (date_done)`,
  ];
}

function chordCounter(tables: ResultTables): string[] {
  const { chordCounter: table, prefix, taskIdMaxLength: length } = tables;
  const index = indexOf(tables, 'chordcounter');
  return [
    `CREATE TABLE ${table} (
      id serial NOT NULL CONSTRAINT ${quoted(`${prefix}chordcounter_pkey`)} PRIMARY KEY,
      group_id varchar(${length}) NOT NULL CONSTRAINT ${quoted(`${prefix}chordcounter_group_id_key`)} UNIQUE,
      sub_tasks text NOT NULL,
      count integer NOT NULL CONSTRAINT ${quoted(`${prefix}chordcounter_count_check`)} CHECK (count >= 0)
    )`,
    `CREATE INDEX ${index('group_id', '1f70858c', '_like')} ON ${table} (group_id varchar_pattern_ops)`,
  ];
}

/** Django's names of indexes hold a hash of table and column; tables of another prefix get names of their own. */
function indexOf({ prefix }: ResultTables, table: string): (column: string, hash: string, suffix?: '_like') => string {
  return (column, hash, suffix) => {
    if (prefix !== DJANGO_PREFIX) return quoted(`${prefix}${table}_${column}${suffix ?? '_idx'}`);
    return quoted(suffix ? `${prefix}${table}_${column}_${hash}${suffix}` : `django_cele_${column}_${hash}_idx`);
  };
}
