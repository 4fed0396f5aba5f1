import type { AdapterFactory, ScheduleDatabase } from '@nestjs-celery/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { InjectionToken } from '../connection-options.js';
import type { TypeormSchedulesOptions } from '../schedules/schedules-options.js';
import { typeormSchedules } from '../schedules/typeorm-schedules.js';

export interface NestTypeormSchedulesOptions extends Omit<
  TypeormSchedulesOptions,
  'url' | 'dataSource' | 'poolSize' | 'connectTimeout'
> {
  /** `name` of the `TypeOrmModule.forRoot` whose connection to use. @default the one without a name */
  dataSourceName?: string;
}

/** Schedules over the connection of the application's `TypeOrmModule`: `CeleryModule.forRoot({ beatScheduler: nestTypeormSchedules() })`. */
export function nestTypeormSchedules(options: NestTypeormSchedulesOptions = {}): AdapterFactory<ScheduleDatabase> {
  const { dataSourceName, ...others } = options;
  return typeormSchedules({ ...others, dataSource: getDataSourceToken(dataSourceName) as InjectionToken });
}
