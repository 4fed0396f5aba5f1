import { compileConnectionOptions } from '../connection-options.js';
import type { CompiledConnectionOptions, ConnectionOptions } from '../connection-options.js';
import type { CompiledResultsOptions } from '../results-options.js';
import { DEFAULT_RETRY } from '../retry.js';
import type { ResultRetryOptions, RetryTimes } from '../retry.js';
import { scheduleTables } from './schedule-tables.js';
import type { ScheduleTableOptions } from './schedule-tables.js';

/** What a user writes. */
export interface TypeormSchedulesOptions extends ScheduleTableOptions, ConnectionOptions {
  /** Hear of edits by NOTIFY, over a connection besides the pool's; off, they are looked for each second. @default true */
  notify?: boolean;
  /** The pauses when PostgreSQL is away for a moment. */
  retry?: Pick<ResultRetryOptions, 'baseSleep' | 'maxSleep'>;
}

export interface ScheduleSettings {
  readonly prepare: boolean;
  readonly notify: boolean;
  readonly retry: RetryTimes;
  readonly tables: ScheduleTableOptions;
}

/** @throws ImproperlyConfigured */
export function compileSchedulesOptions(
  options: TypeormSchedulesOptions,
): ScheduleSettings & CompiledConnectionOptions {
  return {
    tables: tableOptions(options),
    ...compileConnectionOptions(options, 'schedules'),
    notify: options.notify ?? true,
    retry: { ...DEFAULT_RETRY, ...options.retry },
  };
}

/** For the schedules beside results. */
export function scheduleSettingsOf(options: CompiledResultsOptions): ScheduleSettings {
  const { prepare, notify, retry, tables } = options;
  return { prepare, notify, retry, tables: tableOptions(tables) };
}

function tableOptions({ schema, tablePrefix }: ScheduleTableOptions): ScheduleTableOptions {
  const options = { ...(schema !== undefined && { schema }), ...(tablePrefix !== undefined && { tablePrefix }) };
  scheduleTables(options); // refuses now what would fail with the first statement
  return options;
}
