import type { AdapterFactory, ResultBackend } from '@nestjs-celery/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { typeormResults } from '../typeorm-results.js';
import type { InjectionToken } from '../connection-options.js';
import type { TypeormResultsOptions } from '../results-options.js';

export interface NestTypeormResultsOptions extends Omit<
  TypeormResultsOptions,
  'url' | 'dataSource' | 'poolSize' | 'connectTimeout'
> {
  /** `name` of the `TypeOrmModule.forRoot` whose connection to use. @default the one without a name */
  dataSourceName?: string;
}

/** Results over the connection of the application's `TypeOrmModule`: `CeleryModule.forRoot({ resultBackend: nestTypeormResults() })`. */
export function nestTypeormResults(options: NestTypeormResultsOptions = {}): AdapterFactory<ResultBackend> {
  const { dataSourceName, ...others } = options;
  return typeormResults({ ...others, dataSource: getDataSourceToken(dataSourceName) as InjectionToken });
}
