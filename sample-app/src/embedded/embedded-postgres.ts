import { Client, Pool, types } from 'pg';
import type { ClientConfig, PoolConfig } from 'pg';
import { ClientSocket } from './client-socket.js';
import { Session } from './session.js';

/** What TypeORM takes as `driver` in place of the module pg. */
export interface EmbeddedPostgres {
  readonly Pool: typeof Pool;
  readonly Client: typeof Client;
  readonly types: typeof types;
  /** After the DataSources have been destroyed. All data is gone with it. */
  close(): Promise<void>;
}

/**
 * A PostgreSQL within this process: no server, no files, one session that transactions get one after the other. For a first try and
 * for tests; it takes about 770 MB. `new DataSource({ type: 'postgres', driver: await embeddedPostgres() })`.
 */
export async function embeddedPostgres(): Promise<EmbeddedPostgres> {
  const session = await Session.open();

  class EmbeddedClient extends Client {
    constructor(config?: ClientConfig | string) {
      const settings = typeof config === 'object' ? config : {};
      super({ ...settings, ...ADDRESS, stream: () => new ClientSocket(session) });
    }
  }
  // A prepared statement's name would be known to every client of the session, and pg prepares it for each.
  const query: (...args: unknown[]) => unknown = EmbeddedClient.prototype.query;
  EmbeddedClient.prototype.query = function (this: Client, statement: unknown, ...others: unknown[]) {
    return query.call(this, withoutName(statement), ...others);
  } as typeof EmbeddedClient.prototype.query;

  class EmbeddedPool extends Pool {
    constructor(config?: PoolConfig) {
      super({ ...config, Client: EmbeddedClient });
    }
  }
  return { Pool: EmbeddedPool, Client: EmbeddedClient, types, close: () => session.close() };
}

/** Said in so many words, as pg would look into the environment otherwise. */
const ADDRESS: ClientConfig = { host: 'embedded', port: 1, user: 'postgres', database: 'postgres', ssl: false };

function withoutName(statement: unknown): unknown {
  const isNamed = typeof statement === 'object' && statement !== null && 'text' in statement && 'name' in statement;
  return isNamed ? { ...statement, name: undefined } : statement;
}
