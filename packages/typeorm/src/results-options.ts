import { compileConnectionOptions } from './connection-options.js';
import type { CompiledConnectionOptions, ConnectionOptions } from './connection-options.js';
import { tableOptions } from './result-tables.js';
import type { ResultTableOptions } from './result-tables.js';
import { DEFAULT_RETRY } from './retry.js';
import type { ResultRetryOptions, RetryTimes } from './retry.js';

/** What a user writes. Two connections of the pool write, the others read. */
export interface TypeormResultsOptions extends ResultTableOptions, ConnectionOptions {
  /** Tell waiting clients by NOTIFY; off, they poll every half second, as Celery's do. @default true */
  notify?: boolean;
  retry?: ResultRetryOptions;
  /** Results that may wait for PostgreSQL at a time, in bytes; beyond it storing fails at once. @default 33554432 */
  maxBufferedBytes?: number;
}

export interface CompiledResultsOptions extends CompiledConnectionOptions {
  readonly notify: boolean;
  readonly retry: RetryTimes;
  readonly maxBufferedBytes: number;
  readonly tables: ResultTableOptions;
}

/** @throws ImproperlyConfigured */
export function compileResultsOptions(options: TypeormResultsOptions): CompiledResultsOptions {
  return {
    tables: tableOptions(options),
    ...compileConnectionOptions(options, 'results'),
    notify: options.notify ?? true,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    maxBufferedBytes: options.maxBufferedBytes ?? 32 * 1024 * 1024,
  };
}
