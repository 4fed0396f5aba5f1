import type { AdapterFactory, ScheduleDatabase } from '@nestjs-celery/core';
import { Connection } from '../connection.js';
import { compileSchedulesOptions } from './schedules-options.js';
import type { TypeormSchedulesOptions } from './schedules-options.js';
import { TypeormScheduleDatabase } from './typeorm-schedule-database.js';

/**
 * Keeps beat's schedules in PostgreSQL, in the tables of django-celery-beat: `beatScheduler: typeormSchedules({ url })`. Not needed where the results
 * are in the same database: `typeormResults()` has the schedules too. Celery's `django_celery_beat.schedulers:DatabaseScheduler`.
 * @throws ImproperlyConfigured when the options cannot be used.
 */
export function typeormSchedules(options: TypeormSchedulesOptions = {}): AdapterFactory<ScheduleDatabase> {
  const compiled = compileSchedulesOptions(options);
  return (deps) => new TypeormScheduleDatabase(compiled, new Connection(compiled, deps), deps);
}
