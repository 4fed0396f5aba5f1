import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { FeatureHosts } from './feature-hosts.js';
import { readHooks } from './hook-metadata.js';
import type { HookDeclaration } from './hook-metadata.js';
import { byPrototype } from './provider-wrapper.js';
import type { ProviderWrapper } from './provider-wrapper.js';
import { readTasks } from './task-metadata.js';
import type { TaskDeclaration } from './task-metadata.js';

/** A task of this application: what its decorators say, and the provider that has the method. */
export interface DiscoveredTask extends TaskDeclaration {
  readonly prototype: object;
  readonly provider: ProviderWrapper;
  /** The methods of the class that are called around its runs. */
  readonly hooks: readonly HookDeclaration[];
  /** `ReportTasks.send (ReportModule)` */
  readonly source: string;
}

/** Finds the tasks of an application. Returns plain data: nothing is registered, nothing runs. */
@Injectable()
export class TaskExplorer {
  readonly #discovery: DiscoveryService;

  constructor(discovery: DiscoveryService) {
    this.#discovery = discovery;
  }

  /** The tasks that an app can run here: those bound to it, and those bound to none. A class that two modules provide counts once. */
  explore(app: string): DiscoveredTask[] {
    const providers = byPrototype(this.#discovery.getProviders());
    const all = [...providers].flatMap(([prototype, provider]) => tasksOf(provider, prototype));
    return all.filter((task) => belongsTo(app, task));
  }

  /** The tasks that are known here, runnable or not: those of providers, and those of the classes in `forFeature`. */
  declared(app: string): TaskDeclaration[] {
    const here = this.explore(app);
    const prototypes = new Set(here.map(({ prototype }) => prototype));
    const elsewhere = this.#discovery
      .getProviders()
      .flatMap(({ instance }) => (instance instanceof FeatureHosts && instance.app === app ? instance.hosts : []))
      .map((host) => host.prototype as object)
      .filter((prototype) => !prototypes.has(prototype));
    return [...here, ...[...new Set(elsewhere)].flatMap(readTasks).filter((task) => belongsTo(app, task))];
  }
}

function belongsTo(app: string, task: TaskDeclaration): boolean {
  return task.app === undefined || task.app === app;
}

function tasksOf(provider: ProviderWrapper, prototype: object): DiscoveredTask[] {
  const tasks = readTasks(prototype);
  const hooks = readHooks(prototype, tasks);
  return tasks.map((task) => ({
    ...task,
    prototype,
    provider,
    hooks: hooks.get(task.method) ?? [],
    source: `${prototype.constructor.name}.${task.method} (${provider.host?.name ?? 'no module'})`,
  }));
}
