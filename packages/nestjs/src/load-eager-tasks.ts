import type { LazyModuleLoader } from '@nestjs/core';
import type { EagerTasks } from '@nestjs-celery/core';

/** The tasks of this application as the worker would run them. A web process loads the worker's code here, when a task runs eagerly, and not before. */
export async function loadEagerTasks(modules: LazyModuleLoader, appName: string): Promise<EagerTasks> {
  const { WorkerServicesModule } = await import('./worker/worker-services.module.js');
  const { WorkerFactory } = await import('./worker/worker-factory.js');
  const services = await modules.load(() => WorkerServicesModule, { logger: false });
  return services.get(WorkerFactory).createEager(appName);
}
