import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Worker, WorkerOptions } from '@nestjs-celery/core/worker';
import { STAND_INS } from '../stand-ins.js';
import { DEFAULT_APP } from '../tokens.js';
import { WorkerFactory } from './worker-factory.js';
import { WORKER_MODULE_OPTIONS } from './worker.module-definition.js';
import type { WorkerModuleOptions } from './worker.module-definition.js';

/**
 * A worker that lives and ends with the application around it. It drains in `beforeApplicationShutdown`: what its tasks use is
 * closed in `onApplicationShutdown` (TypeORM's DataSource, our broker). Providers that close in `onModuleDestroy` close too early.
 */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #factory: WorkerFactory;
  readonly #app: string;
  readonly #onFailed: WorkerModuleOptions['onFailed'];
  readonly #options: WorkerOptions;
  #worker: Worker | undefined;

  constructor(
    factory: WorkerFactory,
    @Inject(WORKER_MODULE_OPTIONS) { app, onFailed, ...options }: WorkerModuleOptions,
    /** In a test `CeleryTesting` runs what is sent. */
    @Optional() @Inject(STAND_INS) private readonly standIns?: unknown,
  ) {
    this.#factory = factory;
    this.#app = app ?? DEFAULT_APP;
    this.#onFailed = onFailed;
    this.#options = { loglevel: 'INFO', ...options };
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.standIns) return;
    this.#worker = this.#factory.create(this.#app, this.#options, this.#onFailed);
    await this.#worker.start();
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    await this.#worker?.stop(undefined, { sig: signal ?? '', exitcode: 0 });
  }
}
