import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface OwnDatabase {
  readonly url: string;
  /** Throws out whoever is still connected. */
  drop(): Promise<void>;
}

/** A database of the suite's own on the server of DATABASE_URL, so that suites neither see nor wait for each other. */
export async function createOwnDatabase(): Promise<OwnDatabase> {
  const server = process.env.DATABASE_URL;
  if (!server) {
    throw new Error("DATABASE_URL is not set: run 'npm test', which brings a PostgreSQL, or set it to one of your own.");
  }
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOn(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: async () => void (await runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)) };
}

/** Runs one statement on a connection of its own. */
export async function runOn<Row = Record<string, unknown>>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
