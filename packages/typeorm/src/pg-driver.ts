import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { DataSource } from 'typeorm';

/** A statement for the driver. One with a name is prepared once on each connection. */
export interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A statement, and for how long its answer is waited for in milliseconds; without that, for as long as it takes. */
export interface LimitedQuery extends PgQuery {
  readonly query_timeout?: number;
}

export interface PgAnswer<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

/** One connection of its own, for LISTEN. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
}

/** A connection of the pool, for a transaction. */
export interface PgSession {
  query<Row>(query: LimitedQuery): Promise<PgAnswer<Row>>;
  /** @param error the connection is broken: it is closed */
  release(error?: boolean): void;
}

/** What we ask of the pool beneath TypeORM: pg's, or one of the same shape. TypeORM's own `query` cannot prepare a statement. */
export interface PgPool {
  readonly options: object;
  readonly Client: new (options: object) => PgClient;
  query<Row>(query: LimitedQuery): Promise<PgAnswer<Row>>;
  connect(): Promise<PgSession>;
}

/** Runs statements, each by itself or all in one transaction. */
export type Queryable = Pick<PgPool, 'query'>;

/** The pool of an initialized DataSource. @throws ImproperlyConfigured when it is no PostgreSQL. */
export function poolOf(dataSource: DataSource): PgPool {
  if (dataSource.options.type !== 'postgres') {
    throw new ImproperlyConfigured(
      `Results and schedules need PostgreSQL, and the DataSource is of type '${dataSource.options.type}': give another one, or a url.`,
    );
  }
  return (dataSource.driver as unknown as { master: PgPool }).master;
}

/** All that `run` does, or nothing. */
export async function inTransaction<T>(pool: PgPool, run: (session: Queryable) => Promise<T>): Promise<T> {
  const session = await pool.connect();
  let isBroken = true;
  try {
    await session.query({ text: 'BEGIN', values: [] });
    const result = await run(session).catch(async (error: unknown) => {
      await session.query({ text: 'ROLLBACK', values: [] }).then(() => (isBroken = false));
      throw error;
    });
    await session.query({ text: 'COMMIT', values: [] });
    isBroken = false;
    return result;
  } finally {
    session.release(isBroken);
  }
}
