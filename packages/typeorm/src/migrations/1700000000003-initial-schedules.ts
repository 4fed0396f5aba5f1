import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import { BEAT_PREFIX, SCHEDULE_KINDS } from '../schedules/schedule-tables.js';
import type { ScheduleKind, ScheduleTables } from '../schedules/schedule-tables.js';

/**
 * The six tables as the migrations of django-celery-beat 2.9 leave them: same columns in the same order, same names of constraints and
 * indexes. Where the tasks' table is there already, Django has made all, and makes what a later version adds.
 */
export function initialSchedules(tables: ScheduleTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'InitialSchedules1700000000003';

    async up(queryRunner: QueryRunner): Promise<void> {
      if (await exists(queryRunner, tables.periodicTask)) return;
      for (const sql of [...schedules(tables), changes(tables), ...periodicTask(tables)]) await queryRunner.query(sql);
    }

    /** Leaves the tables where Django has noted them as its own. */
    async down(queryRunner: QueryRunner): Promise<void> {
      if (tables.prefix === BEAT_PREFIX && (await exists(queryRunner, 'django_migrations'))) return;
      const all = [tables.periodicTask, tables.changes, ...SCHEDULE_KINDS.map((kind) => tables[kind])];
      for (const table of all) await queryRunner.query(`DROP TABLE IF EXISTS ${table}`);
    }
  };
}

async function exists(queryRunner: QueryRunner, table: string): Promise<boolean> {
  const rows = (await queryRunner.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table])) as [
    { exists: boolean },
  ];
  return rows[0].exists;
}

function schedules(tables: ScheduleTables): string[] {
  const { prefix } = tables;
  const id = (table: string): string => `id serial NOT NULL CONSTRAINT ${quoted(`${prefix}${table}_pkey`)} PRIMARY KEY`;
  const coordinates = quoted(
    prefix === BEAT_PREFIX ? 'django_celery_beat_solar_event_latitude_longitude_ba64999a_uniq' : `${prefix}solar_uniq`,
  );
  return [
    `CREATE TABLE ${tables.interval} (
      ${id('intervalschedule')},
      every integer NOT NULL,
      period varchar(24) NOT NULL
    )`,
    `CREATE TABLE ${tables.crontab} (
      ${id('crontabschedule')},
      minute varchar(240) NOT NULL,
      hour varchar(96) NOT NULL,
      day_of_week varchar(64) NOT NULL,
      day_of_month varchar(124) NOT NULL,
      month_of_year varchar(64) NOT NULL,
      timezone varchar(63) NOT NULL
    )`,
    `CREATE TABLE ${tables.solar} (
      ${id('solarschedule')},
      event varchar(24) NOT NULL,
      latitude numeric(9, 6) NOT NULL,
      longitude numeric(9, 6) NOT NULL,
      CONSTRAINT ${coordinates} UNIQUE (event, latitude, longitude)
    )`,
    `CREATE TABLE ${tables.clocked} (
      ${id('clockedschedule')},
      clocked_time timestamptz NOT NULL
    )`,
  ];
}

function changes({ changes: table, prefix }: ScheduleTables): string {
  return `CREATE TABLE ${table} (
    ident smallint NOT NULL CONSTRAINT ${quoted(`${prefix}periodictasks_pkey`)} PRIMARY KEY,
    last_update timestamptz NOT NULL
  )`;
}

function periodicTask(tables: ScheduleTables): string[] {
  const { periodicTask: table, prefix } = tables;
  const constraint = (name: string): string => `CONSTRAINT ${quoted(`${prefix}periodictask_${name}`)}`;
  const positive = (column: string): string => `${constraint(`${column}_check`)} CHECK (${column} >= 0)`;
  return [
    `CREATE TABLE ${table} (
      id serial NOT NULL ${constraint('pkey')} PRIMARY KEY,
      name varchar(200) NOT NULL ${constraint('name_key')} UNIQUE,
      task varchar(200) NOT NULL,
      args text NOT NULL,
      kwargs text NOT NULL,
      queue varchar(200),
      exchange varchar(200),
      routing_key varchar(200),
      expires timestamptz,
      enabled boolean NOT NULL,
      last_run_at timestamptz,
      total_run_count integer NOT NULL ${positive('total_run_count')},
      date_changed timestamptz NOT NULL,
      description text NOT NULL,
      crontab_id integer ${leadsTo(tables, 'crontab', 'd3cba168')},
      interval_id integer ${leadsTo(tables, 'interval', 'a8ca27da')},
      solar_id integer ${leadsTo(tables, 'solar', 'a87ce72c')},
      one_off boolean NOT NULL,
      start_time timestamptz,
      priority integer ${positive('priority')},
      headers text NOT NULL,
      clocked_id integer ${leadsTo(tables, 'clocked', '47a69f82')},
      expire_seconds integer ${positive('expire_seconds')}
    )`,
    `CREATE INDEX ${indexOf(tables, 'name', '265a36b7', '_like')} ON ${table} (name varchar_pattern_ops)`,
    `CREATE INDEX ${indexOf(tables, 'crontab_id', 'd3cba168')} ON ${table} (crontab_id)`,
    `CREATE INDEX ${indexOf(tables, 'interval_id', 'a8ca27da')} ON ${table} (interval_id)`,
    `CREATE INDEX ${indexOf(tables, 'solar_id', 'a87ce72c')} ON ${table} (solar_id)`,
    `CREATE INDEX ${indexOf(tables, 'clocked_id', '47a69f82')} ON ${table} (clocked_id)`,
  ];
}

function leadsTo(tables: ScheduleTables, kind: ScheduleKind, hash: string): string {
  const { prefix } = tables;
  const name =
    prefix === BEAT_PREFIX
      ? `django_celery_beat_p_${kind}_id_${hash}_fk_django_ce`
      : `${prefix}periodictask_${kind}_id_fk`;
  return `CONSTRAINT ${quoted(name)} REFERENCES ${tables[kind]} (id) DEFERRABLE INITIALLY DEFERRED`;
}

/** Django's names of indexes hold a hash of table and column; tables of another prefix get names of their own. */
function indexOf({ prefix }: ScheduleTables, column: string, hash: string, suffix = ''): string {
  const name = `${prefix}periodictask_${column}`;
  if (prefix !== BEAT_PREFIX) return quoted(`${name}${suffix === '' ? '_idx' : suffix}`);
  return quoted(`${name}_${hash}${suffix}`);
}
