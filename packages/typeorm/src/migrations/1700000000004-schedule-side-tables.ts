import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import type { ScheduleTables } from '../schedules/schedule-tables.js';

/**
 * What beat keeps beside the tables of django-celery-beat. No foreign keys lead there, so that Django goes on emptying and dropping its
 * tables: a row here belongs to a task by name and id. Says `IF NOT EXISTS`, as beat makes them at start.
 */
export function scheduleSideTables(tables: ScheduleTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'ScheduleSideTables1700000000004';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const sql of [...policies(tables), ...states(tables), ...runs(tables), lease(tables)]) {
        await queryRunner.query(sql);
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const table of [tables.lease, tables.runs, tables.states, tables.policies]) {
        await queryRunner.query(`DROP TABLE IF EXISTS ${table}`);
      }
    }
  };
}

/** Null stands for the default. */
function policies(tables: ScheduleTables): string[] {
  const table = `CREATE TABLE IF NOT EXISTS ${tables.policies} (
    name text NOT NULL ${primaryKey(tables, 'policies')},
    periodic_task_id bigint NOT NULL,
    misfire varchar(16),
    misfire_cap integer,
    grace double precision,
    overlap varchar(16),
    jitter double precision,
    pause_until timestamptz,
    dst varchar(16),
    owner varchar(16)
  )`;
  return [table, index(tables, 'policies', 'periodic_task_id')];
}

/** Without an id: of an entry that only code knows. */
function states(tables: ScheduleTables): string[] {
  const table = `CREATE TABLE IF NOT EXISTS ${tables.states} (
    name text NOT NULL ${primaryKey(tables, 'states')},
    periodic_task_id bigint,
    last_due_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    last_task_id text NOT NULL,
    schedule text NOT NULL,
    next_run_at timestamptz
  )`;
  return [table, index(tables, 'states', 'periodic_task_id')];
}

function runs(tables: ScheduleTables): string[] {
  const claimed = quoted(`${tables.sidePrefix}schedule_runs_claimed_idx`);
  return [
    `CREATE TABLE IF NOT EXISTS ${tables.runs} (
      name text NOT NULL,
      due_at timestamptz NOT NULL,
      task_id text NOT NULL,
      status varchar(16) NOT NULL,
      fence bigint NOT NULL,
      claimed_at timestamptz NOT NULL,
      settled_at timestamptz,
      reason text,
      ${primaryKey(tables, 'runs')} (name, due_at)
    )`,
    index(tables, 'runs', 'due_at'),
    `CREATE INDEX IF NOT EXISTS ${claimed} ON ${tables.runs} (name, due_at) WHERE status = 'claimed'`,
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

function index(tables: ScheduleTables, table: 'policies' | 'states' | 'runs', column: string): string {
  const name = quoted(`${tables.sidePrefix}schedule_${table}_${column}_idx`);
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${tables[table]} (${column})`;
}

function primaryKey({ sidePrefix }: ScheduleTables, table: string): string {
  return `CONSTRAINT ${quoted(`${sidePrefix}schedule_${table}_pkey`)} PRIMARY KEY`;
}
