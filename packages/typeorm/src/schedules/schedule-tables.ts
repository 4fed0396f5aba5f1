import { checkPrefix, DJANGO_PREFIX, qualified, SIDE_PREFIX } from '../result-tables.js';
import type { MigratedTables } from '../table-family.js';

/** django-celery-beat's tables begin with this; Django offers no other name. */
export const BEAT_PREFIX = 'django_celery_beat_';

/** Where the tables of the schedules are, and what they are called. */
export interface ScheduleTableOptions {
  /** The schema of the tables. @default that of the DataSource, else the first of the connection's `search_path` */
  schema?: string;
  /**
   * Beginning of the tables' names. Django reads only the default, with which the tables that are ours alone begin with `nestjs_celery_`.
   * @default 'django_celery_beat_'
   */
  tablePrefix?: string;
}

/** The four tables that have schedules, by the column of `periodictask` that leads there. */
export type ScheduleKind = 'interval' | 'crontab' | 'solar' | 'clocked';
export const SCHEDULE_KINDS: readonly ScheduleKind[] = ['interval', 'crontab', 'solar', 'clocked'];

/** Names of the tables, quoted and with their schema, ready to stand in SQL. */
export interface ScheduleTables extends MigratedTables, Readonly<Record<ScheduleKind, string>> {
  readonly prefix: string;
  readonly periodicTask: string;
  /** One row, with the time of the last change: Django's beat polls it. */
  readonly changes: string;
  /** Beginning of the names of the tables that are ours alone. */
  readonly sidePrefix: string;
  readonly policies: string;
  /** By the ids of the tasks. */
  readonly states: string;
  /** By name: of entries that only code knows. */
  readonly codeStates: string;
  readonly runs: string;
  readonly lease: string;
  /** The function of our triggers. */
  readonly tell: string;
}

/** A prefix that is Django's for the results stands for Django's here. @throws ImproperlyConfigured for one that PostgreSQL cannot take. */
export function scheduleTables({ schema, tablePrefix }: ScheduleTableOptions = {}): ScheduleTables {
  const isDjangos = tablePrefix === undefined || [BEAT_PREFIX, DJANGO_PREFIX].includes(tablePrefix);
  const prefix = isDjangos ? BEAT_PREFIX : tablePrefix;
  checkPrefix(prefix);
  const name = (table: string): string => qualified(schema, table);
  const sidePrefix = isDjangos ? SIDE_PREFIX : prefix;
  const migrationsName = `${sidePrefix}migrations`;
  return {
    schema,
    prefix,
    periodicTask: name(`${prefix}periodictask`),
    interval: name(`${prefix}intervalschedule`),
    crontab: name(`${prefix}crontabschedule`),
    solar: name(`${prefix}solarschedule`),
    clocked: name(`${prefix}clockedschedule`),
    changes: name(`${prefix}periodictasks`),
    sidePrefix,
    policies: name(`${sidePrefix}schedule_policies`),
    states: name(`${sidePrefix}schedule_states`),
    codeStates: name(`${sidePrefix}schedule_code_states`),
    runs: name(`${sidePrefix}schedule_runs`),
    lease: name(`${sidePrefix}schedule_lease`),
    tell: name(`${sidePrefix}tell_schedules`),
    migrationsName,
    migrations: name(migrationsName),
  };
}
