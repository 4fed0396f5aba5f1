import { availableParallelism } from 'node:os';
import type { CeleryApp } from '../../app/celery-app.js';
import type { Pool, TaskRunner } from '../../contracts/pool.js';
import { ImproperlyConfigured } from '../../errors/config-errors.js';
import type { WorkerLog } from '../worker-log.js';
import type { WorkerOptions } from '../worker-options.js';
import { AsyncPool } from './async-pool.js';

export interface PoolDeps {
  readonly app: CeleryApp;
  readonly options: WorkerOptions;
  readonly runner: TaskRunner;
  readonly log: WorkerLog;
}

/** Promises are cheap: what they wait for, not the cores, says how many are right. */
const ASYNC_CONCURRENCY = 100;

/** Celery's names of pools, and ours, by what they mean here. */
const KINDS: Readonly<Record<string, 'async' | 'solo'>> = {
  async: 'async',
  solo: 'solo',
  eventlet: 'async',
  gevent: 'async',
};

/** @throws ImproperlyConfigured for a name that is no pool */
export function createPool(deps: PoolDeps): Pool {
  const { app, options, runner } = deps;
  const name = options.pool ?? app.config.workerPool;
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) {
    throw new ImproperlyConfigured(`There is no pool '${name}': choose one of ${Object.keys(KINDS).join(', ')}.`);
  }
  return new AsyncPool(kind, kind === 'solo' ? 1 : concurrency(deps, ASYNC_CONCURRENCY), runner, app.clock);
}

export function concurrency({ app, options }: PoolDeps, otherwise = availableParallelism()): number {
  return options.concurrency ?? app.config.workerConcurrency ?? otherwise;
}
