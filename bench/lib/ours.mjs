import { fileURLToPath } from 'node:url';
import { migrateSchedules } from '@nestjs-celery/typeorm';
import { startCron } from './cron.mjs';
import { rssOf } from './proc-fs.mjs';
import { BenchProcess } from './processes.mjs';

/** @typedef {import('./side.mjs').Side} Side */

const APP = fileURLToPath(new URL('../../test/apps/dist/bench', import.meta.url));

/**
 * nestjs-celery: the application in test/apps/src/bench, as a user would run it.
 * @type {Side & { startSender: typeof startSender }}
 */
export const ours = {
  startWorker: (stage, { tasks, results = false, flags = [] }) =>
    new BenchProcess(process.execPath, [`${APP}/worker.js`, ...flags], { env: environment(stage, results, tasks) }),

  startClient: (stage, { command, count, warmUp = 0, results = false }) =>
    new BenchProcess(process.execPath, [`${APP}/client.js`, command, String(count), String(warmUp)], {
      env: environment(stage, results),
    }),

  startBeat: (stage, databaseUrl) =>
    new BenchProcess(process.execPath, [`${APP}/beat.js`], {
      env: { ...environment(stage, false), CELERY_RESULT_BACKEND: databaseUrl },
    }),

  migrateSchedules: (_, url) => migrateSchedules({ url }),

  startCron: (count) => startCron('ours', count),

  startSender,

  memory: rssOf,
};

/**
 * Sends calls of any task with one number; says `sent`.
 * @param {import('./stage.mjs').Stage} stage
 * @param {string} task
 * @param {number} count
 * @param {number} arg
 */
function startSender(stage, task, count, arg) {
  return new BenchProcess(process.execPath, [`${APP}/send.js`, task, String(count), String(arg)], {
    env: environment(stage, false),
  });
}

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
