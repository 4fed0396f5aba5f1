import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { WorkerServicesModule } from './worker-services.module.js';
import { WorkerLifecycle } from './worker.lifecycle.js';
import { ConfigurableWorkerModule } from './worker.module-definition.js';
import type { WorkerModuleOptions } from './worker.module-definition.js';

/** A worker inside an application of your own: `CeleryWorkerModule.forRoot({ concurrency: 10 })`. For a process of its own see `runWorker`. */
@Module({ imports: [WorkerServicesModule], providers: [WorkerLifecycle] })
export class CeleryWorkerModule extends ConfigurableWorkerModule {
  static override forRoot(options: WorkerModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
