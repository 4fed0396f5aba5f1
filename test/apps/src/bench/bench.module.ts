import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { BenchPoolTasks } from './pool.tasks.js';
import { BenchTasks } from './bench.tasks.js';

/** Everything else comes from the environment, as for a user: CELERY_BROKER_URL, CELERY_RESULT_BACKEND … */
@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [BenchTasks, BenchPoolTasks] })
export class BenchModule {}
