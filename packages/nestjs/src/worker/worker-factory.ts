import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { onlyGiven, TaskRegistry } from '@nestjs-celery/core';
import { EagerRunner, Worker } from '@nestjs-celery/core/worker';
import type { MainFile, WorkerDeps, WorkerOptions } from '@nestjs-celery/core/worker';
import { findApp } from '../discovery/find-app.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { getGlobalEnhancersToken } from '../tokens.js';
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
  create(appName: string, options: WorkerOptions, onFailed?: WorkerDeps['onFailed'], main?: MainFile): Worker {
    return new Worker({ ...this.childDeps(appName), options, ...onlyGiven({ onFailed, main }) });
  }

  /** What a child of the worker runs. @throws AlreadyRegistered */
  childDeps(appName: string): Pick<WorkerDeps, 'app' | 'registry'> {
    return { app: findApp(this.#moduleRef, appName), registry: this.#registry(appName) };
  }

  /** The same tasks for calls that do not wait for a worker. @throws AlreadyRegistered */
  createEager(appName: string): EagerRunner {
    const { app, registry } = this.childDeps(appName);
    return new EagerRunner(app, registry);
  }

  #registry(appName: string): TaskRegistry {
    const registry = new TaskRegistry();
    const applyGlobalEnhancers = this.#moduleRef.get<boolean>(getGlobalEnhancersToken(appName), { strict: false });
    for (const task of this.#explorer.explore(appName)) {
      registry.register(this.#handlers.define(task, { applyGlobalEnhancers }));
    }
    return registry;
  }
}
