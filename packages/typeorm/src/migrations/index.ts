import type { MigrationInterface } from 'typeorm';
import { resultTables } from '../result-tables.js';
import type { ResultTableOptions, ResultTables } from '../result-tables.js';
import { initialResults } from './1700000000001-initial-results.js';
import { sideTables } from './1700000000002-side-tables.js';

/**
 * Every migration of the result tables, oldest first, for the `migrations` of a DataSource of your own: then
 * `typeorm migration:run` makes the tables. `typeormResults()` runs them by itself where `migrate` is 'auto'.
 */
export function resultMigrations(options: ResultTableOptions = {}): (new () => MigrationInterface)[] {
  return migrationsOf(resultTables(options));
}

export function migrationsOf(tables: ResultTables): (new () => MigrationInterface)[] {
  return [initialResults(tables), sideTables(tables)];
}
