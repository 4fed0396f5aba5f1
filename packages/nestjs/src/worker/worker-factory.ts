import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TaskRegistry } from '@nestjs-celery/core';
import { Worker } from '@nestjs-celery/core/worker';
import type { WorkerDeps, WorkerOptions } from '@nestjs-celery/core/worker';
import { findApp } from '../discovery/find-app.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { NestHandlerFactory } from './nest-handler.js';

/** Builds the worker of an app from what the application declares. Call it when every provider stands. */
@Injectable()
export class WorkerFactory {
  readonly #explorer: TaskExplorer;
  readonly #handlers: NestHandlerFactory;
  readonly #moduleRef: ModuleRef;

  constructor(explorer: TaskExplorer, handlers: NestHandlerFactory, moduleRef: ModuleRef) {
    this.#explorer = explorer;
    this.#handlers = handlers;
    this.#moduleRef = moduleRef;
  }

  /** @throws AlreadyRegistered when two tasks have one name, ImproperlyConfigured for options that cannot be used. */
  create(appName: string, options: WorkerOptions, onFailed?: WorkerDeps['onFailed']): Worker {
    const registry = new TaskRegistry();
    for (const task of this.#explorer.explore(appName)) {
      const { name, options, source } = task;
      registry.register({ name, options, source, handler: this.#handlers.create(task) });
    }
    const app = findApp(this.#moduleRef, appName);
    return new Worker({ app, registry, options, ...(onFailed ? { onFailed } : {}) });
  }
}
