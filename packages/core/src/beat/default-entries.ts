import type { CompiledConfig } from '../app/compiled-config.js';
import { crontab } from '../schedules/crontab.js';
import type { ScheduleDefinition } from './schedule-definition.js';

const CLEANUP = 'celery.backend_cleanup';
const TWELVE_HOURS = 12 * 3600;

/** What Celery's beat adds by itself: old results are deleted at four in the morning, unless `beatSchedule` has an entry of that name. */
export function defaultEntries({ resultBackend, resultExpires, beatSchedule }: CompiledConfig): ScheduleDefinition[] {
  if (!resultBackend || !resultExpires || CLEANUP in beatSchedule) return [];
  const schedule = crontab({ minute: 0, hour: 4 });
  return [{ name: CLEANUP, task: CLEANUP, schedule, options: { expires: TWELVE_HOURS } }];
}
