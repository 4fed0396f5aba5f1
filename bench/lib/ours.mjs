import { fileURLToPath } from 'node:url';
import { rssOf } from './proc-fs.mjs';
import { BenchProcess } from './processes.mjs';

/** @typedef {import('./side.mjs').Side} Side */

const APP = fileURLToPath(new URL('../../test/apps/dist/bench', import.meta.url));

/**
 * nestjs-celery: the application in test/apps/src/bench, as a user would run it.
 * @type {Side}
 */
export const ours = {
  startWorker: (stage, { tasks, results = false }) =>
    new BenchProcess(process.execPath, [`${APP}/worker.js`], { env: environment(stage, results, tasks) }),

  startClient: (stage, { command, count, warmUp = 0, results = false }) =>
    new BenchProcess(process.execPath, [`${APP}/client.js`, command, String(count), String(warmUp)], {
      env: environment(stage, results),
    }),

  memory: rssOf,
};

/**
 * @param {import('./stage.mjs').Stage} stage
 * @param {boolean} results
 * @param {number} [tasks]
 */
function environment(stage, results, tasks = 0) {
  return {
    ...process.env,
    NO_COLOR: '1',
    BENCH_TASKS: String(tasks),
    CELERY_BROKER_URL: stage.amqpUrl,
    CELERY_TASK_DEFAULT_QUEUE: stage.queue,
    ...(results ? { CELERY_RESULT_BACKEND: stage.databaseUrl } : { CELERY_TASK_IGNORE_RESULT: 'true' }),
  };
}
