import { beatScheduler, onlyGiven } from '@nestjs-celery/core';
import type { AdapterFactory, ScheduleDatabase } from '@nestjs-celery/core';
import type { SettingOverrides } from '../setting-overrides.js';

/** What a process may say of its beat over the settings. */
export interface BeatOverrides {
  /** `-S`, `--scheduler`: where beat keeps its schedules. @default `beatScheduler` */
  scheduler?: string | AdapterFactory<ScheduleDatabase>;
  /** `-s`: the file, for a scheduler that keeps one. @default `beatScheduleFilename` */
  schedule?: string;
}

/** Empty texts are not given, as in Celery. @throws ImproperlyConfigured for a scheduler that is none. */
export function beatOverrides(app: string, { scheduler, schedule }: BeatOverrides): SettingOverrides {
  return {
    app,
    settings: onlyGiven({
      beatScheduler: isGiven(scheduler) ? beatScheduler(scheduler) : undefined,
      beatScheduleFilename: isGiven(schedule) ? schedule : undefined,
    }),
  };
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined && value !== '';
}
