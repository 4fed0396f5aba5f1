import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { DataSource } from 'typeorm';

/** How PostgreSQL is reached, and who makes the tables. Times in milliseconds. */
export interface ConnectionOptions {
  /** `postgres://user:password@host/database`. @default the environment's DATABASE_URL, where there is no `dataSource` */
  url?: string;
  /** The application's own connection instead: a DataSource, or the token under which Nest has it (`getDataSourceToken()`). */
  dataSource?: DataSource | InjectionToken;
  /**
   * 'auto' makes missing tables at start; 'check' refuses to start and names the command. What can be done without, and may not be
   * made, is left out by both, with a warning. @default 'auto'
   */
  migrate?: 'auto' | 'check';
  /** Connections of the pool; only with `url`. @default 4 */
  poolSize?: number;
  /** Time to open a connection; only with `url`. @default 5000 */
  connectTimeout?: number;
  /** Prepare statements once on each connection. Turn it off behind a pooler that mixes sessions, such as PgBouncer before 1.21. @default true */
  prepare?: boolean;
}

/** What Nest takes as a token. */
export type InjectionToken = string | symbol | (abstract new (...args: never[]) => unknown);

/** Where the connection comes from. */
export type ConnectionSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'dataSource'; readonly given: DataSource | InjectionToken };

export interface CompiledConnectionOptions {
  readonly source: ConnectionSource;
  /** 'all': as 'auto', but without none of them. */
  readonly migrate: 'auto' | 'check' | 'all';
  readonly poolSize: number;
  readonly connectTimeout: number;
  readonly prepare: boolean;
  /** What PostgreSQL shows in `pg_stat_activity`. */
  readonly applicationName: string;
}

/** @param what 'results' or 'schedules', for errors. @throws ImproperlyConfigured */
export function compileConnectionOptions(
  options: ConnectionOptions,
  what: 'results' | 'schedules',
): CompiledConnectionOptions {
  return {
    source: connectionSource(options, what),
    migrate: options.migrate ?? 'auto',
    poolSize: options.poolSize ?? 4,
    connectTimeout: options.connectTimeout ?? 5_000,
    prepare: options.prepare ?? true,
    applicationName: `nestjs-celery ${what}`,
  };
}

function connectionSource({ url, dataSource }: ConnectionOptions, what: 'results' | 'schedules'): ConnectionSource {
  const maker = what === 'results' ? 'typeormResults()' : 'typeormSchedules()';
  if (url !== undefined && dataSource !== undefined) {
    throw new ImproperlyConfigured(`${maker} takes a url or a dataSource, not both: leave one of them out.`);
  }
  if (dataSource !== undefined) return { kind: 'dataSource', given: dataSource };
  const address = url ?? process.env.DATABASE_URL;
  if (address !== undefined && /^postgres(ql)?:/.test(address)) return { kind: 'url', url: address };
  throw new ImproperlyConfigured(
    address === undefined
      ? `${maker} has no database: give it { url: 'postgres://…' } or { dataSource }, or set DATABASE_URL.`
      : `The address of the ${what}' database must begin with postgres:// or postgresql://: correct the url or DATABASE_URL.`,
  );
}
