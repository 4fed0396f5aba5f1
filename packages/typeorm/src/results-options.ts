import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { DataSource } from 'typeorm';
import { resultTables } from './result-tables.js';
import type { ResultTableOptions } from './result-tables.js';
import { DEFAULT_RETRY } from './retry.js';
import type { ResultRetryOptions, RetryTimes } from './retry.js';

/** What a user writes. Times in milliseconds. */
export interface TypeormResultsOptions extends ResultTableOptions {
  /** `postgres://user:password@host/database`. @default the environment's DATABASE_URL, where there is no `dataSource` */
  url?: string;
  /** The application's own connection instead: a DataSource, or the token under which Nest has it (`getDataSourceToken()`). */
  dataSource?: DataSource | InjectionToken;
  /**
   * 'auto' makes missing tables at start; 'check' refuses to start and names the command. Where only tables are missing that are not
   * Django's, and may not be made, both start without them, and warn. @default 'auto'
   */
  migrate?: 'auto' | 'check';
  /** Connections of the pool; only with `url`. Two write, the others read. @default 4 */
  poolSize?: number;
  /** Time to open a connection; only with `url`. @default 5000 */
  connectTimeout?: number;
  /** Prepare statements once on each connection. Turn it off behind a pooler that mixes sessions, such as PgBouncer before 1.21. @default true */
  prepare?: boolean;
  /** Tell waiting clients by NOTIFY; off, they poll every half second, as Celery's do. @default true */
  notify?: boolean;
  retry?: ResultRetryOptions;
  /** Results that may wait for PostgreSQL at a time, in bytes; beyond it storing fails at once. @default 33554432 */
  maxBufferedBytes?: number;
}

/** What Nest takes as a token. */
export type InjectionToken = string | symbol | (abstract new (...args: never[]) => unknown);

/** Where the connection comes from. */
export type ConnectionSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'dataSource'; readonly given: DataSource | InjectionToken };

export interface CompiledResultsOptions {
  readonly source: ConnectionSource;
  /** 'all': as 'auto', but without none of them. */
  readonly migrate: 'auto' | 'check' | 'all';
  readonly poolSize: number;
  readonly connectTimeout: number;
  readonly prepare: boolean;
  readonly notify: boolean;
  readonly retry: RetryTimes;
  readonly maxBufferedBytes: number;
  readonly tables: ResultTableOptions;
}

/** @throws ImproperlyConfigured */
export function compileResultsOptions(options: TypeormResultsOptions): CompiledResultsOptions {
  const { schema, tablePrefix, taskIdMaxLength } = options;
  const tables = {
    ...(schema !== undefined && { schema }),
    ...(tablePrefix !== undefined && { tablePrefix }),
    ...(taskIdMaxLength !== undefined && { taskIdMaxLength }),
  };
  resultTables(tables); // refuses now what would fail with the first statement
  return {
    source: connectionSource(options),
    migrate: options.migrate ?? 'auto',
    poolSize: options.poolSize ?? 4,
    connectTimeout: options.connectTimeout ?? 5_000,
    prepare: options.prepare ?? true,
    notify: options.notify ?? true,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    maxBufferedBytes: options.maxBufferedBytes ?? 32 * 1024 * 1024,
    tables,
  };
}

function connectionSource({ url, dataSource }: TypeormResultsOptions): ConnectionSource {
  if (url !== undefined && dataSource !== undefined) {
    throw new ImproperlyConfigured('typeormResults() takes a url or a dataSource, not both: leave one of them out.');
  }
  if (dataSource !== undefined) return { kind: 'dataSource', given: dataSource };
  const address = url ?? process.env.DATABASE_URL;
  if (address !== undefined && /^postgres(ql)?:/.test(address)) return { kind: 'url', url: address };
  throw new ImproperlyConfigured(
    address === undefined
      ? "typeormResults() has no database: give it { url: 'postgres://…' } or { dataSource }, or set DATABASE_URL."
      : "The address of the results' database must begin with postgres:// or postgresql://: correct the url or DATABASE_URL.",
  );
}
