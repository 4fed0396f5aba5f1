import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import type { ScheduleTables } from '../schedules/schedule-tables.js';

/**
 * What beat keeps beside the tables of django-celery-beat. No foreign keys lead there, so that Django goes on emptying and dropping its
 * tables: a row here belongs to a task by its id. Says `IF NOT EXISTS`, as beat makes them at start.
 */
export function scheduleSideTables(tables: ScheduleTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'ScheduleSideTables1700000000004';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const sql of [policies(tables), states(tables), codeStates(tables), ...runs(tables), lease(tables)]) {
        await queryRunner.query(sql);
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const table of [tables.lease, tables.runs, tables.codeStates, tables.states, tables.policies]) {
        await queryRunner.query(`DROP TABLE IF EXISTS ${table}`);
      }
    }
  };
}

/** Null stands for the default. */
function policies(tables: ScheduleTables): string {
  return `CREATE TABLE IF NOT EXISTS ${tables.policies} (
    periodic_task_id bigint NOT NULL ${primaryKey(tables, 'policies')},
    misfire varchar(16),
    misfire_cap integer,
    grace double precision,
    overlap varchar(16),
    jitter double precision,
    pause_until timestamptz,
    dst varchar(16),
    owner varchar(16)
  )`;
}

const STATE_COLUMNS = `
    last_due_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    last_task_id text NOT NULL,
    schedule text NOT NULL,
    next_run_at timestamptz`;

function states(tables: ScheduleTables): string {
  return `CREATE TABLE IF NOT EXISTS ${tables.states} (
    periodic_task_id bigint NOT NULL ${primaryKey(tables, 'states')},${STATE_COLUMNS}
  )`;
}

function codeStates(tables: ScheduleTables): string {
  return `CREATE TABLE IF NOT EXISTS ${tables.codeStates} (
    name text NOT NULL ${primaryKey(tables, 'code_states')},${STATE_COLUMNS}
  )`;
}

function runs(tables: ScheduleTables): string[] {
  const index = (of: string): string => quoted(`${tables.sidePrefix}schedule_runs_${of}_idx`);
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.runs} (
      name text NOT NULL,
      due_at timestamptz NOT NULL,
      task_id text NOT NULL,
      status varchar(16) NOT NULL,
      periodic_task_id bigint,
      fence bigint NOT NULL,
      claimed_at timestamptz NOT NULL,
      settled_at timestamptz,
      reason text,
      ${primaryKey(tables, 'runs')} (name, due_at)
    )`,
    `CREATE INDEX IF NOT EXISTS ${index('due_at_name')} ON ${tables.runs} (due_at, name)`,
    `CREATE INDEX IF NOT EXISTS ${index('claimed')} ON ${tables.runs} (name, due_at) WHERE status = 'claimed'`,
  ];
}

/** One row at most; without an owner the lease is free. */
function lease(tables: ScheduleTables): string {
  return `CREATE TABLE IF NOT EXISTS ${tables.lease} (
    ident smallint NOT NULL ${primaryKey(tables, 'lease')},
    owner text,
    fence bigint NOT NULL,
    expires_at timestamptz NOT NULL
  )`;
}

function primaryKey({ sidePrefix }: ScheduleTables, table: string): string {
  return `CONSTRAINT ${quoted(`${sidePrefix}schedule_${table}_pkey`)} PRIMARY KEY`;
}
