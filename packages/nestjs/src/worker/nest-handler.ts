import { Injectable } from '@nestjs/common';
import { ContextIdFactory, ExternalContextCreator, ModuleRef, ModulesContainer } from '@nestjs/core';
import { currentTask } from '@nestjs-celery/core';
import type { TaskHandler } from '@nestjs-celery/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { DiscoveredTask, ProviderWrapper } from '../discovery/task-explorer.js';
import { createBinder } from './binding.js';
import type { Binder } from './binding.js';
import { readEnhancers, TASK_ARGS_METADATA } from './enhancers.js';
import type { Enhancers } from './enhancers.js';
import { TaskContainer } from './task-container.js';
import { readParameters } from './task-parameters.js';

type Host = Record<string, (...args: unknown[]) => unknown>;
type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** Calls the method of one instance with bound values. */
type Call = (values: unknown[]) => unknown;

/**
 * Turns discovered tasks into handlers: guards, interceptors, pipes and filters of class and method run around the method, in an
 * execution context of type `celery` whose arguments are `[values, TaskContext]`. Global enhancers do not run.
 */
@Injectable()
export class NestHandlerFactory {
  readonly #contexts: ExternalContextCreator;

  constructor(modules: ModulesContainer) {
    this.#contexts = ExternalContextCreator.fromContainer(new TaskContainer(modules));
  }

  /** Built once per task; with request scope anywhere below the provider, its instance and enhancers are made for each run. */
  create(task: DiscoveredTask): TaskHandler {
    const parameters = readParameters(task.prototype, task.method, task.options.params);
    const enhancers = readEnhancers(task, parameters);
    const bind = createBinder(task.name, parameters, enhancers !== undefined);
    if (!isStatic(task.provider)) return this.#perRun(task, bind, enhancers);
    const call = this.#call(task, enhancers, task.provider.instance as Host);
    return async (args, kwargs) => lastValue(await call(bind(args, kwargs)));
  }

  #perRun(task: DiscoveredTask, bind: Binder, enhancers: Enhancers | undefined): TaskHandler {
    const moduleRef = task.provider.host?.getProviderByKey(ModuleRef)?.instance as ModuleRef;
    return async (args, kwargs) => {
      const values = bind(args, kwargs);
      const contextId = registerContext(task.provider, moduleRef);
      const instance = await moduleRef.resolve<Host>(task.provider.token as string, contextId, { strict: true });
      return lastValue(await this.#call(task, enhancers, instance, contextId)(values));
    };
  }

  #call(
    { method, provider }: DiscoveredTask,
    enhancers: Enhancers | undefined,
    instance: Host,
    contextId?: ContextId,
  ): Call {
    if (!enhancers) return (values) => instance[method]?.(...values);
    const target = this.#contexts.create(
      instance,
      instance[method] as Host[string],
      method,
      TASK_ARGS_METADATA,
      enhancers.paramsFactory,
      contextId,
      contextId && provider.id,
      // Nest logs every error that passes its filters: the worker says it already.
      { guards: true, interceptors: true, filters: enhancers.filters },
      'celery',
    );
    return (values) => target(values, currentTask());
  }
}

function isStatic(provider: ProviderWrapper): boolean {
  return provider.isDependencyTreeStatic() && !provider.isTransient;
}

/** Makes the running task the `REQUEST` of this run; for durable providers it is what the strategy says, as with HTTP. */
function registerContext(provider: ProviderWrapper, moduleRef: ModuleRef): ContextId {
  const task = currentTask();
  const contextId = task ? ContextIdFactory.getByRequest(task) : ContextIdFactory.create();
  moduleRef.registerRequestByContextId(provider.isDependencyTreeDurable() ? contextId.payload : task, contextId);
  return contextId;
}

/** The task is over when its Observable is. */
function lastValue(value: unknown): unknown {
  return isObservable(value) ? lastValueFrom(value) : value;
}
