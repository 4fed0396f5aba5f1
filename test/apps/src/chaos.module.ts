import { Module } from '@nestjs/common';
import { typeormSchedules } from '@nestjs-celery/typeorm';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { ChaosTasks } from './chaos.tasks.js';
import { withFaults } from './fault-points.js';

const url = process.env['CELERY_RESULT_BACKEND'] ?? '';

/** The schedules are in the database of the results. */
@Module({
  imports: [CeleryModule.forRoot({ ...celeryConfigFromEnv(), beatScheduler: withFaults(typeormSchedules({ url })) })],
  providers: [ChaosTasks],
})
export class ChaosModule {}
