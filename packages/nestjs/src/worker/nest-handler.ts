import { Injectable } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { ExternalContextCreator } from '@nestjs/core';
import { currentTask } from '@nestjs-celery/core';
import type { TaskDefinition, TaskHandler } from '@nestjs-celery/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { DiscoveredTask } from '../discovery/task-explorer.js';
import { createBinder } from '../parameters/binding.js';
import { readParameters } from '../parameters/task-parameters.js';
import { checkedValues } from './checked-values.js';
import { readEnhancers, TASK_ARGS_METADATA } from './enhancers.js';
import type { Enhancers } from './enhancers.js';
import { GlobalEnhancers } from './global-enhancers.js';
import { createHooks } from './hooks.js';
import { Refusals } from './refusals.js';
import { RunScope } from './run-scope.js';
import type { ContextId, Host } from './run-scope.js';
import { createTaskContexts } from './task-contexts.js';

/** Calls the method of one instance with bound values. */
type Call = (values: unknown[]) => unknown;

/** How one run of a task is called. */
interface Plan {
  readonly task: DiscoveredTask;
  /** Undefined where nothing runs around the method. */
  readonly chain: { readonly enhancers: Enhancers; readonly contexts: ExternalContextCreator } | undefined;
}

/** What becomes of a discovered task. */
interface Source {
  readonly task: DiscoveredTask;
  /** Undefined where one instance serves all runs. */
  readonly scope: RunScope | undefined;
  readonly globals: GlobalEnhancers | undefined;
}

/**
 * Turns discovered tasks into ones that a worker runs: guards, interceptors, pipes and filters of class and method (and, where
 * asked for, the global ones) run around the method, in an execution context of type `celery` whose arguments are
 * `[values, TaskContext]`.
 */
@Injectable()
export class NestHandlerFactory {
  readonly #refusals = new Refusals();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
  ) {}

  /**
   * Built once per task; with request scope anywhere below the provider, its instance and enhancers are made for each run.
   * @throws ImproperlyConfigured for an enhancer that Nest could not run
   */
  define(task: DiscoveredTask, { applyGlobalEnhancers = false } = {}): TaskDefinition {
    const { name, options, source } = task;
    const all = applyGlobalEnhancers ? new GlobalEnhancers(this.config) : undefined;
    const globals = all?.any === true ? all : undefined;
    const scope = RunScope.isNeeded(task.provider, globals) ? new RunScope(task.provider, globals) : undefined;
    return {
      name,
      options,
      source,
      handler: this.#handler({ task, scope, globals }),
      hooks: createHooks(task, scope),
      checksSchema: true,
      isFinal: (error) => this.#refusals.has(error),
    };
  }

  #handler({ task, scope, globals }: Source): TaskHandler {
    const parameters = readParameters(task.prototype, task.method, task.options.params);
    const enhancers = readEnhancers(task, parameters, globals);
    const contexts = enhancers && createTaskContexts(this.modules, this.#refusals, globals && this.config);
    const plan = { task, chain: enhancers && contexts && { enhancers, contexts } };
    const bind = createBinder(task.name, parameters, enhancers !== undefined);
    const check = checkedValues(task.name, task.options.schema, parameters);
    const call = scope ? this.#perRun(plan, scope) : this.#call(plan, task.provider.instance as Host);
    if (check) return async (args, kwargs) => lastValue(await call(await check(bind(args, kwargs))));
    return async (args, kwargs) => lastValue(await call(bind(args, kwargs)));
  }

  #perRun(plan: Plan, scope: RunScope): Call {
    return async (values) => {
      const { instance, contextId } = await scope.of();
      return this.#call(plan, instance, contextId)(values);
    };
  }

  #call({ task, chain }: Plan, instance: Host, contextId?: ContextId): Call {
    const { name, method, provider } = task;
    if (!chain) return (values) => instance[method]?.(...(values as never[]));
    const { enhancers, contexts } = chain;
    const target = contexts.create(
      instance,
      instance[method] as (...args: unknown[]) => unknown,
      method,
      TASK_ARGS_METADATA,
      enhancers.paramsFactory,
      contextId,
      contextId && provider.id,
      // Nest logs every error that passes its filters: the worker says it already.
      { guards: true, interceptors: true, filters: enhancers.filters },
      'celery',
    );
    return (values) =>
      target(values, currentTask()).catch((error: unknown) => {
        throw this.#refusals.explain(name, error);
      });
  }
}

/** The task is over when its Observable is. */
function lastValue(value: unknown): unknown {
  return isObservable(value) ? lastValueFrom(value) : value;
}
