import { silentLogger } from '@nestjs-celery/core';
import { ResultDatabase } from './result-database.js';
import { compileResultsOptions } from './results-options.js';
import type { TypeormResultsOptions } from './results-options.js';

/**
 * Makes the result tables, or brings them up to date, as `migrate: 'auto'` does at start: for a step of your deployment.
 * Gives the address, without the password. @throws BackendUnavailable, ImproperlyConfigured
 */
export async function migrateResults(options: Omit<TypeormResultsOptions, 'migrate'> = {}): Promise<string> {
  const compiled = { ...compileResultsOptions(options), migrate: 'all' as const };
  const resolve = (token: unknown): never => {
    throw new Error(`There is no application to look ${String(token)} up in: give a DataSource instead of its token.`);
  };
  const database = new ResultDatabase(compiled, { logger: silentLogger, resolve });
  try {
    await database.open();
  } finally {
    await database.close();
  }
  return database.safeUrl;
}
