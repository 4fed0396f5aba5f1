import { Module } from '@nestjs/common';
import { CeleryBeatModule } from 'nestjs-celery/beat';
import { CeleryWorkerModule } from 'nestjs-celery/worker';
import { WebModule } from './web.module.js';
import { WorkerModule } from './worker.module.js';

/** Web, worker and beat in one process. The beat finds its schedules in the worker's task classes. */
@Module({
  imports: [WebModule, WorkerModule, CeleryWorkerModule.forRoot(), CeleryBeatModule.forRoot()],
})
export class EmbeddedModule {}
