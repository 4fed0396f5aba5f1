import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { onlyGiven } from '@nestjs-celery/core';
import type { Service } from '@nestjs-celery/core';
import { parseWorkerFlags } from '@nestjs-celery/core/worker';
import type { Worker, WorkerOptions } from '@nestjs-celery/core/worker';
import { findApp } from '../discovery/find-app.js';
import { bootApplication } from '../process/boot.js';
import type { AppModule } from '../process/boot.js';
import type { Runnable } from '../process/run-process.js';
import { createNestLogger } from '../nest-logger.js';
import { DEFAULT_APP } from '../tokens.js';
import { purgeQueues } from './purge-queues.js';
import { WorkerFactory } from './worker-factory.js';
import { WorkerServicesModule } from './worker-services.module.js';

/** Options of a worker process. The command line wins over them, they win over the settings. */
export interface WorkerProcessOptions extends WorkerOptions {
  /** Whose tasks it runs. @default 'default' */
  app?: string;
  /** `-B`: beat runs in this process, too. For one worker only: each beat sends everything. @default false */
  beat?: boolean;
  /** `--purge`: empty the queues first. @default false */
  purge?: boolean;
  /** `-q`: print no banner. @default false */
  quiet?: boolean;
  /** Celery's flags. @default `process.argv.slice(2)` */
  argv?: readonly string[];
  /** @default Nest's ConsoleLogger at the level of `-l` */
  logger?: LoggerService;
}

/** A booted worker, with beat beside it where that was asked for. */
export class WorkerProcess implements Runnable {
  readonly app: INestApplicationContext;
  readonly worker: Worker;
  readonly failed: Promise<Error>;
  readonly #beat: Service | undefined;
  #stopping: Promise<void> | undefined;

  constructor(app: INestApplicationContext, worker: Worker, failed: Promise<Error>, beat: Service | undefined) {
    this.app = app;
    this.worker = worker;
    this.failed = failed;
    this.#beat = beat;
  }

  async start(): Promise<void> {
    await this.worker.start();
    if (!this.#stopping) await this.#beat?.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#beat?.stop();
    await this.worker.stop();
    await this.app.close();
  }
}

/** Everything up to the start: flags, application, discovery, banner. @throws ImproperlyConfigured, AlreadyRegistered */
export async function bootWorker(appModule: AppModule, written: WorkerProcessOptions): Promise<WorkerProcess> {
  const flags = parseWorkerFlags(written.argv ?? process.argv.slice(2));
  const options = { ...written, ...flags };
  const level = options.loglevel ?? 'WARNING';
  const beat = options.beat === true ? await loadBeat() : undefined;
  const ours = beat ? [WorkerServicesModule, beat.module] : [WorkerServicesModule];
  const app = await bootApplication(appModule, ours, { logger: options.logger, level });
  try {
    const name = options.app ?? DEFAULT_APP;
    if (flags.taskEvents === true) createNestLogger().warn('-E: this worker sends no task events.');
    const made = createProcess(app, name, options, beat?.create(app, name));
    if (options.purge === true) await purgeQueues(findApp(app, name), options);
    if (options.quiet !== true) process.stdout.write(`${made.worker.banner}\n`);
    return made;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** A worker without -B never loads it. */
async function loadBeat() {
  const { BeatServicesModule } = await import('../beat/beat-services.module.js');
  const { BeatFactory } = await import('../beat/beat-factory.js');
  const create = (app: INestApplicationContext, name: string): Service => app.get(BeatFactory).create(name).beat;
  return { module: BeatServicesModule, create };
}

function createProcess(
  app: INestApplicationContext,
  name: string,
  options: WorkerOptions,
  beat: Service | undefined,
): WorkerProcess {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const worker = app.get(WorkerFactory).create(name, workerOptions(options), fail);
  return new WorkerProcess(app, worker, failed, beat);
}

function workerOptions(options: WorkerOptions): WorkerOptions {
  const { hostname, queues, excludeQueues, concurrency, prefetchMultiplier, pool, loglevel } = options;
  return onlyGiven({ hostname, queues, excludeQueues, concurrency, prefetchMultiplier, pool, loglevel });
}
