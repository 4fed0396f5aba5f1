/**
 * The worker of Celery, without Nest:
 *
 *     const worker = new Worker({ app, registry, options: { queues: ['mail'], concurrency: 20 } });
 *     await worker.start();
 */
export { Worker } from './worker.js';
export type { WorkerDeps } from './worker.js';
export type { WorkerOptions } from './worker-options.js';
export { LOG_LEVELS } from './worker-log.js';
export type { LogLevel } from './worker-log.js';
export { nodeName } from './node-name.js';
export { parseWorkerFlags } from './worker-flags.js';
export type { WorkerFlags } from './worker-flags.js';
