/**
 * The worker side of nestjs-celery. A worker's main file:
 *
 *     import { runWorker } from 'nestjs-celery/worker';
 *     import { AppModule } from './app.module.js';
 *
 *     await runWorker(AppModule);
 */
export { CeleryWorkerModule } from './celery-worker.module.js';
export type { WorkerModuleOptions } from './worker.module-definition.js';
export { runWorker } from './run-worker.js';
export type { RunningWorker, RunWorkerOptions } from './run-worker.js';
