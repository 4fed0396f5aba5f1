import { Module } from '@nestjs/common';
import { CeleryBeatModule } from 'nestjs-celery/beat';
import { CeleryWorkerModule } from 'nestjs-celery/worker';
import { BeatModule } from './beat.module.js';
import { WebModule } from './web.module.js';
import { WorkerModule } from './worker.module.js';

/** Web, worker and beat in one process. */
@Module({
  imports: [WebModule, WorkerModule, BeatModule, CeleryWorkerModule, CeleryBeatModule],
})
export class EmbeddedModule {}
