import type { Connection, ConnectionDeps } from './connection.js';
import { KeptTables } from './kept-tables.js';
import { resultFamily } from './result-family.js';
import type { ResultFamily } from './result-family.js';
import type { ResultLayout } from './result-layout.js';
import type { ResultTableOptions } from './result-tables.js';

/** The tables of the results. */
export type ResultDatabase = KeptTables<ResultLayout, ResultFamily>;

export function resultDatabase(
  connection: Connection,
  options: ResultTableOptions,
  { logger }: ConnectionDeps,
): ResultDatabase {
  const family = (schema: string | undefined) => resultFamily({ ...(schema !== undefined && { schema }), ...options });
  return new KeptTables({ connection, logger, title: 'result backend', family });
}
