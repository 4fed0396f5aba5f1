import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { currentTask } from '@nestjs-celery/core';
import type { TaskContext } from '@nestjs-celery/core';
import { isStatic } from '../discovery/provider-wrapper.js';
import type { ProviderWrapper } from '../discovery/provider-wrapper.js';
import type { GlobalEnhancers } from './global-enhancers.js';

export type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** An instance with task methods and hooks. */
export type Host = Record<string, (...args: never[]) => unknown>;

/** What one run has for itself. */
export interface Scoped {
  readonly instance: Host;
  readonly contextId: ContextId;
}

/** The instances of a provider with request scope: each run of a task has one, which its handler and its hooks share. */
export class RunScope {
  readonly #moduleRef: ModuleRef;
  readonly #runs = new WeakMap<TaskContext, Promise<Scoped>>();

  constructor(
    private readonly provider: ProviderWrapper,
    private readonly globals: GlobalEnhancers | undefined,
  ) {
    this.#moduleRef = provider.host?.getProviderByKey(ModuleRef)?.instance as ModuleRef;
  }

  static isNeeded(provider: ProviderWrapper, globals: GlobalEnhancers | undefined): boolean {
    return !isStatic(provider) || globals?.perRun === true;
  }

  of(task = currentTask()): Promise<Scoped> {
    const known = task && this.#runs.get(task);
    if (known) return known;
    const scoped = this.#create(task);
    if (task) this.#runs.set(task, scoped);
    return scoped;
  }

  async #create(task: TaskContext | undefined): Promise<Scoped> {
    const contextId = this.#register(task);
    await this.globals?.load(contextId);
    const { token } = this.provider;
    return { instance: await this.#moduleRef.resolve<Host>(token as string, contextId, { strict: true }), contextId };
  }

  /** Makes the running task the `REQUEST` of this run; for durable providers it is what the strategy says, as with HTTP. */
  #register(task: TaskContext | undefined): ContextId {
    const contextId = task ? ContextIdFactory.getByRequest(task) : ContextIdFactory.create();
    const request = this.provider.isDependencyTreeDurable() ? contextId.payload : task;
    this.#moduleRef.registerRequestByContextId(request, contextId);
    return contextId;
  }
}
