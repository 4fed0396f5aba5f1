import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { databaseUrl } from './servers.js';

export interface OwnDatabase {
  url: string;
  /** Removes it, and cuts the connections that are still open to it. */
  drop(): Promise<void>;
}

/** An empty database on the PostgreSQL of the test run, for one spec. */
export async function createOwnDatabase(): Promise<OwnDatabase> {
  const name = `nestjs_celery_${randomBytes(6).toString('hex')}`;
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  await onServer(`CREATE DATABASE ${name}`);
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
