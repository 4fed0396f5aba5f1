import type { PgQuery } from '../pg-driver.js';
import type { ResultTables } from '../result-tables.js';

/** Runs a statement on tables of ours, once they are known; tries again when PostgreSQL is away for a moment. Gives the rows. */
export type Ask = <Row>(statement: (tables: ResultTables) => PgQuery) => Promise<Row[]>;
