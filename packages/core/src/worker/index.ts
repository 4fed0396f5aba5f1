/**
 * The worker of Celery, without Nest:
 *
 *     const worker = new Worker({ app, registry, options: { queues: ['mail'], concurrency: 20 } });
 *     await worker.start();
 */
export { EagerRunner } from './eager-runner.js';
export { Worker } from './worker.js';
export type { WorkerDeps } from './worker.js';
export type { ShutdownCause } from './shutdown.js';
export { ChildWorker } from './child-worker.js';
export type { ChildWorkerDeps } from './child-worker.js';
export { parentLink } from './pools/parent-link.js';
export type { ParentLink } from './pools/parent-link.js';
export type { MainFile } from './pools/child-launcher.js';
export type { Autoscale } from './autoscaler.js';
export type { WorkerOptions } from './worker-options.js';
export { LOG_LEVELS } from './worker-log.js';
export type { LogLevel } from './worker-log.js';
export { nodeName } from './node-name.js';
export { parseWorkerFlags } from './worker-flags.js';
export type { WorkerFlags } from './worker-flags.js';
