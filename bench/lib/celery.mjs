import { fileURLToPath } from 'node:url';
import { findStack } from '../../scripts/python/find-stack.mjs';
import { mustRun } from '../../scripts/lib/run.mjs';
import { pssOfTree } from './proc-fs.mjs';
import { BenchProcess } from './processes.mjs';

/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('../../scripts/python/stack.mjs').Stack} Stack */

const PROJECT = fileURLToPath(new URL('../python', import.meta.url));

/** Celery's recommendation for many short tasks, where fetching waits for acknowledgements. */
const PREFETCH_FOR_RESULTS = '--prefetch-multiplier=64';
/** An idle worker of Celery's raises its limit for held tasks about ten times a second by one, and would not come to hold many. */
const PREFETCH_FOR_ETAS = '--prefetch-multiplier=10000';

/**
 * Python Celery, the newest that can be had: prefork with a process for each of two cores, results by django-db.
 * @param {(line: string) => void} log
 * @returns {Promise<{ side: Side, summary: string }>}
 */
export async function findCelery(log) {
  const stack = await findStack(log);
  return { side: celerySide(stack), summary: stack.summary };
}

/**
 * @param {Stack} stack
 * @returns {Side}
 */
function celerySide(stack) {
  return {
    startWorker: (stage, { tasks, results = false, etas = false, flags: pool = ['-P', 'prefork', '-c', '2'] }) => {
      const prefetch = [...(results ? [PREFETCH_FOR_RESULTS] : []), ...(etas ? [PREFETCH_FOR_ETAS] : [])];
      // its own name: a second worker of one name on a broker does not start
      const flags = [...pool, '-n', `${stage.queue}@%h`, '-l', 'WARNING', ...prefetch];
      const env = environment(stack, stage, { results, tasks });
      return new BenchProcess(stack.python, ['-m', 'celery', '-A', 'bench_app', 'worker', ...flags], {
        cwd: PROJECT,
        env,
      });
    },

    startClient: (stage, { command, count, warmUp = 0, results = false }) => {
      const env = environment(stack, stage, { results });
      return new BenchProcess(stack.python, ['client.py', command, String(count), String(warmUp)], {
        cwd: PROJECT,
        env,
      });
    },

    startBeat: (stage, databaseUrl) => {
      const flags = ['-S', 'bench_scheduler:BenchScheduler', '-l', 'WARNING', '--pidfile='];
      const env = beatEnvironment(stack, stage, databaseUrl);
      return new BenchProcess(stack.python, ['-m', 'celery', '-A', 'bench_app', 'beat', ...flags], {
        cwd: PROJECT,
        env,
      });
    },

    migrateSchedules: (stage, databaseUrl) =>
      mustRun(stack.python, ['-m', 'django', 'migrate'], {
        cwd: PROJECT,
        env: beatEnvironment(stack, stage, databaseUrl),
      }),

    startCron: (count) =>
      new BenchProcess(stack.python, ['cron.py', String(count)], { cwd: PROJECT, env: pythonEnvironment(stack) }),

    memory: pssOfTree,
  };
}

/**
 * @param {Stack} stack
 * @param {import('./stage.mjs').Stage} stage
 * @param {string} databaseUrl
 */
function beatEnvironment(stack, stage, databaseUrl) {
  return {
    ...environment(stack, stage, { results: false }),
    BENCH_DATABASE_URL: databaseUrl,
    DJANGO_SETTINGS_MODULE: 'bench_beat_settings',
  };
}

/**
 * @param {Stack} stack
 * @param {import('./stage.mjs').Stage} stage
 * @param {{ results: boolean, tasks?: number }} options
 */
function environment(stack, stage, { results, tasks = 0 }) {
  return {
    ...pythonEnvironment(stack),
    BENCH_TASKS: String(tasks),
    BENCH_BROKER_URL: stage.amqpUrl,
    BENCH_QUEUE: stage.queue,
    ...(results && {
      BENCH_RESULTS: 'django-db',
      BENCH_DATABASE_URL: stage.databaseUrl,
      DJANGO_SETTINGS_MODULE: 'bench_settings',
    }),
  };
}

/** @param {Stack} stack */
function pythonEnvironment(stack) {
  return { ...process.env, PYTHONPATH: stack.pythonPath, PYTHONDONTWRITEBYTECODE: '1' };
}
