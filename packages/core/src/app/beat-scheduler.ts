import type { ScheduleDatabase } from '../contracts/periodic-tasks.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { AdapterFactory } from './adapter.js';

/** Where beat keeps its schedules; 'auto': in the database of the results where there is one, else in a file. */
export type BeatScheduler = 'auto' | 'database' | 'file' | 'memory' | AdapterFactory<ScheduleDatabase>;

/** Ours, and what `-S` and `beat_scheduler` say in Python: class paths, and the entry point of django-celery-beat. */
const NAMES: ReadonlyMap<string, BeatScheduler> = new Map([
  ['auto', 'auto'],
  ['database', 'database'],
  ['django', 'database'],
  ['django_celery_beat.schedulers:DatabaseScheduler', 'database'],
  ['django_celery_beat.schedulers.DatabaseScheduler', 'database'],
  ['file', 'file'],
  ['celery.beat:PersistentScheduler', 'file'],
  ['celery.beat.PersistentScheduler', 'file'],
  ['memory', 'memory'],
  ['celery.beat:Scheduler', 'memory'],
  ['celery.beat.Scheduler', 'memory'],
]);

/** @throws ImproperlyConfigured for a scheduler that is none. */
export function beatScheduler(written: string | AdapterFactory<ScheduleDatabase> | undefined): BeatScheduler {
  if (typeof written === 'function') return written;
  const known = NAMES.get(written ?? 'auto');
  if (known !== undefined) return known;
  throw new ImproperlyConfigured(
    `beatScheduler (-S) is '${written}': use 'database', 'file', 'memory', 'django_celery_beat.schedulers:DatabaseScheduler', or an adapter such as typeormSchedules().`,
  );
}
