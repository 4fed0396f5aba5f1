import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { onlyGiven } from '@nestjs-celery/core';
import type { Service } from '@nestjs-celery/core';
import { parseWorkerFlags } from '@nestjs-celery/core/worker';
import type { MainFile, Worker, WorkerFlags, WorkerOptions } from '@nestjs-celery/core/worker';
import { findApp } from '../discovery/find-app.js';
import { beatOverrides } from '../process/beat-overrides.js';
import type { BeatOverrides } from '../process/beat-overrides.js';
import { bootApplication } from '../process/boot.js';
import type { AppModule } from '../process/boot.js';
import type { Ending, Runnable } from '../process/run-process.js';
import { createNestLogger } from '../nest-logger.js';
import { DEFAULT_APP } from '../tokens.js';
import { purgeQueues } from './purge-queues.js';
import { WorkerFactory } from './worker-factory.js';
import { WorkerServicesModule } from './worker-services.module.js';

/** Options of a worker process. The command line wins over them, they win over the settings. */
export interface WorkerProcessOptions extends WorkerOptions, BeatOverrides {
  /** Whose tasks it runs. @default 'default' */
  app?: string;
  /** `-B`: beat runs in this process, too. Without a database for one worker only: each beat sends everything. @default false */
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

  stop(ending?: Ending): Promise<void> {
    this.#stopping ??= this.#stop(ending);
    return this.#stopping;
  }

  terminate(ending: Ending): Promise<void> {
    void this.worker.terminate(ending);
    return this.stop();
  }

  get stopsSoftly(): boolean {
    return this.worker.stopsSoftly;
  }

  async #stop(ending?: Ending): Promise<void> {
    await this.#beat?.stop();
    await this.worker.stop(undefined, ending);
    await this.app.close();
  }
}

/** Everything up to the start: flags, application, discovery, banner. @throws ImproperlyConfigured, AlreadyRegistered */
export async function bootWorker(appModule: AppModule, written: WorkerProcessOptions): Promise<WorkerProcess> {
  const options = compileOptions(written);
  const level = options.loglevel ?? 'WARNING';
  const beat = options.beat === true ? await loadBeat() : undefined;
  const ours = beat ? [WorkerServicesModule, beat.module] : [WorkerServicesModule];
  const name = options.app ?? DEFAULT_APP;
  const overrides = beatOverrides(name, options);
  const app = await bootApplication(appModule, ours, { logger: options.logger, level, overrides });
  try {
    if (options.taskEvents === true) createNestLogger().warn('-E: this worker sends no task events.');
    const made = createProcess(app, name, options, beat?.create(app, name));
    if (options.purge === true) await purgeQueues(findApp(app, name), options);
    if (options.quiet !== true) process.stdout.write(`${made.worker.banner}\n`);
    return made;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The command line over what is written. @throws ImproperlyConfigured */
export function compileOptions(written: WorkerProcessOptions): WorkerProcessOptions & Pick<WorkerFlags, 'taskEvents'> {
  return { ...written, ...parseWorkerFlags(written.argv ?? process.argv.slice(2)) };
}

/** A worker without -B never loads it. */
async function loadBeat() {
  const { BeatServicesModule } = await import('../beat/beat-services.module.js');
  const { BeatFactory } = await import('../beat/beat-factory.js');
  const create = (app: INestApplicationContext, name: string): Service =>
    app.get(BeatFactory).create(name, { embedded: true }).beat;
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
  const worker = app.get(WorkerFactory).create(name, workerOptions(options), fail, mainFile());
  return new WorkerProcess(app, worker, failed, beat);
}

/** The program that runs: children of the pools `process` and `threads` run it once more. */
function mainFile(): MainFile | undefined {
  const [, file, ...argv] = process.argv;
  return file === undefined ? undefined : { file, argv };
}

/** Those of the worker itself. */
export function workerOptions(options: WorkerOptions): WorkerOptions {
  const { hostname, queues, excludeQueues, concurrency, prefetchMultiplier, pool, stateDb, loglevel } = options;
  const { autoscale, maxTasksPerChild, maxMemoryPerChild } = options;
  const ofThePool = onlyGiven({ concurrency, pool, autoscale, maxTasksPerChild, maxMemoryPerChild });
  return { ...onlyGiven({ hostname, queues, excludeQueues, prefetchMultiplier, stateDb, loglevel }), ...ofThePool };
}
