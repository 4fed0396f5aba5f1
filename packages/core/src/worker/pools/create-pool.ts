import { availableParallelism } from 'node:os';
import type { CeleryApp } from '../../app/celery-app.js';
import type { Pool, TaskRunner } from '../../contracts/pool.js';
import { ImproperlyConfigured } from '../../errors/config-errors.js';
import type { WorkerLog } from '../worker-log.js';
import type { WorkerOptions } from '../worker-options.js';
import { AsyncPool } from './async-pool.js';
import type { ChildLauncher, MainFile } from './child-launcher.js';
import { ChildPool } from './child-pool.js';
import { ForkLauncher } from './fork-launcher.js';
import { LoopWatch } from './loop-watch.js';
import { POOL_KINDS } from './pool-kinds.js';
import { ThreadLauncher } from './thread-launcher.js';

export interface PoolDeps {
  readonly app: CeleryApp;
  readonly options: WorkerOptions;
  readonly runner: TaskRunner;
  readonly log: WorkerLog;
  /** The worker's node name. */
  readonly hostname: string;
  /** What children run; undefined: there can be none. */
  readonly main: MainFile | undefined;
  /** The pool can run nothing any more. */
  onFailed(error: Error): void;
}

/** Promises are cheap: what they wait for, not the cores, says how many are right. */
const ASYNC_CONCURRENCY = 100;

/** @throws ImproperlyConfigured for a name that is no pool, and for children where nobody said what they run */
export function createPool(deps: PoolDeps): Pool {
  const name = deps.options.pool ?? deps.app.config.workerPool;
  const kind = Object.hasOwn(POOL_KINDS, name) ? POOL_KINDS[name] : undefined;
  if (kind === undefined) {
    throw new ImproperlyConfigured(`There is no pool '${name}': choose one of ${Object.keys(POOL_KINDS).join(', ')}.`);
  }
  if (kind === 'process' || kind === 'threads') return childPool(kind, deps);
  const { app, runner } = deps;
  const size = kind === 'solo' ? 1 : concurrency(deps, ASYNC_CONCURRENCY);
  return new AsyncPool(kind, size, runner, app.clock, loopWatch(deps));
}

function childPool(kind: 'process' | 'threads', deps: PoolDeps): ChildPool {
  const { app, options, hostname, log, onFailed } = deps;
  const { config } = app;
  return new ChildPool(kind, concurrency(deps, availableParallelism()), {
    app,
    hostname,
    log,
    launcher: launcher(kind, deps),
    maxTasks: options.maxTasksPerChild ?? config.workerMaxTasksPerChild,
    maxMemory: options.maxMemoryPerChild ?? config.workerMaxMemoryPerChild,
    spares: config.workerSpareChildren,
    onFailed,
  });
}

function launcher(kind: 'process' | 'threads', { main, app }: PoolDeps): ChildLauncher {
  if (main) return kind === 'process' ? new ForkLauncher(main, app.clock) : new ThreadLauncher(main);
  throw new ImproperlyConfigured(
    `The children of the pool '${kind}' run the worker's main file once more, so it needs one: use runWorker. A worker inside another application has the pools async and solo.`,
  );
}

function loopWatch({ app, log }: PoolDeps): LoopWatch | undefined {
  const { workerLoopLagWarning } = app.config;
  return workerLoopLagWarning > 0 ? new LoopWatch(workerLoopLagWarning, app.clock, log) : undefined;
}

function concurrency({ app, options }: PoolDeps, otherwise: number): number {
  return options.autoscale?.min ?? options.concurrency ?? app.config.workerConcurrency ?? otherwise;
}
