import type { CompiledConfig, ScheduleDatabase } from '@nestjs-celery/core';
import { DEFAULT_APP } from '../tokens.js';

/** Where one app keeps its schedules. Each `CeleryModule.forRoot` provides its own. */
export class AppSchedules {
  /** As people call it: `database postgres://…`, `file celerybeat-schedule.json`. Two apps of one place would send each other's schedules. */
  readonly place: string;

  constructor(
    readonly app: string,
    config: Pick<CompiledConfig, 'beatScheduleFilename'>,
    database: Pick<ScheduleDatabase, 'safeUrl'> | undefined,
  ) {
    this.place = database ? `database ${database.safeUrl}` : `file ${scheduleFile(app, config)}`;
  }
}

/** The file of an app without a database. Nobody has named the default one, so each app of a process has another. */
export function scheduleFile(
  app: string,
  { beatScheduleFilename }: Pick<CompiledConfig, 'beatScheduleFilename'>,
): string {
  if (app === DEFAULT_APP || beatScheduleFilename !== DEFAULT_FILE) return beatScheduleFilename;
  return beatScheduleFilename.replace(/(?=\.json$)/, () => `.${app}`);
}

const DEFAULT_FILE = 'celerybeat-schedule.json';
