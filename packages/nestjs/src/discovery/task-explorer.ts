import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { FeatureHosts } from './feature-hosts.js';
import { readTasks } from './task-metadata.js';
import type { TaskDeclaration } from './task-metadata.js';

/** Nest's record of a provider. */
export type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A task of this application: what its decorators say, and the provider that has the method. */
export interface DiscoveredTask extends TaskDeclaration {
  readonly prototype: object;
  readonly provider: ProviderWrapper;
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
    const seen = new Set<object>();
    const firsts = this.#discovery.getProviders().flatMap((provider) => {
      const prototype = provider.isAlias ? undefined : prototypeOf(provider);
      if (!prototype || seen.has(prototype)) return [];
      seen.add(prototype);
      return tasksOf(provider, prototype);
    });
    return firsts.filter((task) => belongsTo(app, task));
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
  return readTasks(prototype).map((task) => ({
    ...task,
    prototype,
    provider,
    source: `${prototype.constructor.name}.${task.method} (${provider.host?.name ?? 'no module'})`,
  }));
}

/**
 * A class shows its methods before it is instantiated (request scope). A factory's or a value's product is asked itself;
 * while a request-scoped factory has made nothing yet, the token may be the class.
 */
function prototypeOf({ metatype, isNotMetatype, instance, token }: ProviderWrapper): object | undefined {
  if (!isNotMetatype) return (metatype as { prototype?: object }).prototype;
  if (typeof instance === 'object' && instance !== null) return Object.getPrototypeOf(instance) as object;
  return typeof token === 'function' ? (token.prototype as object) : undefined;
}
