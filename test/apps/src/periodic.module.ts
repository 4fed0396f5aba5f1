import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { PeriodicTasksOfSpec } from './periodic.tasks.js';

/** Everything else comes from the environment: CELERY_BROKER_URL, CELERY_RESULT_BACKEND, where the schedules are too, … */
@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [PeriodicTasksOfSpec] })
export class PeriodicModule {}
