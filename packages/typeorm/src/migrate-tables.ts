import { silentLogger } from '@nestjs-celery/core';
import { Connection } from './connection.js';
import type { ConnectionDeps } from './connection.js';
import type { CompiledConnectionOptions } from './connection-options.js';
import { resultDatabase } from './result-database.js';
import { compileResultsOptions } from './results-options.js';
import type { TypeormResultsOptions } from './results-options.js';
import { scheduleTablesOf } from './schedules/schedule-family.js';
import { compileSchedulesOptions } from './schedules/schedules-options.js';
import type { TypeormSchedulesOptions } from './schedules/schedules-options.js';

/**
 * Makes the result tables, or brings them up to date, as `migrate: 'auto'` does at start: for a step of your deployment.
 * Gives the address, without the password. @throws BackendUnavailable, ImproperlyConfigured
 */
export async function migrateResults(options: Omit<TypeormResultsOptions, 'migrate'> = {}): Promise<string> {
  const compiled = compileResultsOptions(options);
  return migrated(resultDatabase(connectionOf(compiled), compiled.tables, DEPS));
}

/** The same for the tables of the schedules, with the triggers. @throws BackendUnavailable, ImproperlyConfigured */
export async function migrateSchedules(options: Omit<TypeormSchedulesOptions, 'migrate'> = {}): Promise<string> {
  const compiled = compileSchedulesOptions(options);
  return migrated(scheduleTablesOf(connectionOf(compiled), compiled.tables, DEPS));
}

const DEPS: ConnectionDeps = {
  logger: silentLogger,
  resolve(token): never {
    throw new Error(`There is no application to look ${String(token)} up in: give a DataSource instead of its token.`);
  },
};

function connectionOf(options: CompiledConnectionOptions): Connection {
  return new Connection({ ...options, migrate: 'all' }, DEPS);
}

interface Openable {
  readonly safeUrl: string;
  open(): Promise<unknown>;
  close(): Promise<void>;
}

async function migrated(tables: Openable): Promise<string> {
  try {
    await tables.open();
  } finally {
    await tables.close();
  }
  return tables.safeUrl;
}
