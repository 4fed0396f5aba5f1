import type { MigrationInterface } from 'typeorm';
import { resultTables } from '../result-tables.js';
import type { ResultTableOptions, ResultTables } from '../result-tables.js';
import { scheduleTables } from '../schedules/schedule-tables.js';
import type { ScheduleTableOptions, ScheduleTables } from '../schedules/schedule-tables.js';
import { initialResults } from './1700000000001-initial-results.js';
import { sideTables } from './1700000000002-side-tables.js';
import { initialSchedules } from './1700000000003-initial-schedules.js';
import { scheduleSideTables } from './1700000000004-schedule-side-tables.js';
import { sideTableOnce } from './1700000000005-side-table-once.js';
import { scheduleTriggers } from './1700000000006-schedule-triggers.js';

/**
 * Every migration of the result tables, oldest first, for the `migrations` of a DataSource of your own: then
 * `typeorm migration:run` makes the tables. `typeormResults()` runs them by itself where `migrate` is 'auto'.
 */
export function resultMigrations(options: ResultTableOptions = {}): (new () => MigrationInterface)[] {
  return migrationsOf(resultTables(options));
}

export function migrationsOf(tables: ResultTables): (new () => MigrationInterface)[] {
  return [initialResults(tables), sideTables(tables), sideTableOnce(tables)];
}

/**
 * Every migration of the schedules' tables, oldest first, for the `migrations` of a DataSource of your own. `typeormSchedules()` runs them
 * by itself where `migrate` is 'auto'.
 */
export function scheduleMigrations(options: ScheduleTableOptions = {}): (new () => MigrationInterface)[] {
  return scheduleMigrationsOf(scheduleTables(options));
}

export function scheduleMigrationsOf(tables: ScheduleTables): (new () => MigrationInterface)[] {
  return [initialSchedules(tables), scheduleSideTables(tables), scheduleTriggers(tables)];
}
