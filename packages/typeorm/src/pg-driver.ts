import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { DataSource } from 'typeorm';

/** A statement for the driver. One with a name is prepared once on each connection. */
export interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
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

/** What we ask of the pool beneath TypeORM: pg's, or one of the same shape. TypeORM's own `query` cannot prepare a statement. */
export interface PgPool {
  readonly options: object;
  readonly Client: new (options: object) => PgClient;
  query<Row>(query: PgQuery): Promise<PgAnswer<Row>>;
}

/** The pool of an initialized DataSource. @throws ImproperlyConfigured when it is no PostgreSQL. */
export function poolOf(dataSource: DataSource): PgPool {
  if (dataSource.options.type !== 'postgres') {
    throw new ImproperlyConfigured(
      `Results need PostgreSQL, and the DataSource is of type '${dataSource.options.type}': give typeormResults() another one, or a url.`,
    );
  }
  return (dataSource.driver as unknown as { master: PgPool }).master;
}
