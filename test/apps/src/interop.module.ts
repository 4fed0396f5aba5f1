import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { InteropTasks } from './interop.tasks.js';

/** Everything else comes from the environment: CELERY_BROKER_URL, CELERY_RESULT_BACKEND, CELERY_RESULT_EXTENDED … */
@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [InteropTasks] })
export class InteropModule {}
