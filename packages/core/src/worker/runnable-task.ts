import { annotated } from '../app/annotations.js';
import { validateArguments } from '../app/argument-schema.js';
import type { CeleryApp } from '../app/celery-app.js';
import type { CompiledConfig } from '../app/compiled-config.js';
import { effectiveLimits } from '../app/task-defaults.js';
import type { TaskHooks } from '../app/task-hooks.js';
import type { TaskOptions } from '../app/task-options.js';
import type { TaskDefinition, TaskRegistry } from '../app/task-registry.js';
import type { TimeLimits } from '../contracts/pool.js';
import { builtInTasks } from './built-in-tasks.js';

/** A task with each of its options decided: annotations, else the task's own word, else the setting. */
export interface RunnableTask {
  readonly definition: TaskDefinition;
  readonly options: TaskOptions;
  readonly hooks: readonly TaskHooks[];
  readonly acksLate: boolean;
  readonly acksOnFailure: boolean;
  readonly rejectOnWorkerLost: boolean;
  readonly ignoreResult: boolean;
  readonly storeErrorsEvenIfIgnored: boolean;
  readonly trackStarted: boolean;
  readonly storeEagerResult: boolean;
  /** Where the message has none of its own. Remote control may change them. */
  limits: TimeLimits;
  /** As the user writes it; remote control may change it. */
  rateLimit: string | number | null;
}

/** The built-in tasks and the application's own, which may replace them. */
export function compileTasks(registry: TaskRegistry, app: CeleryApp): ReadonlyMap<string, RunnableTask> {
  const definitions = [...builtInTasks(app), ...registry.names().map((name) => registry.get(name))];
  return new Map(definitions.map((definition) => [definition.name, compileTask(definition, app.config)]));
}

function compileTask(definition: TaskDefinition, config: CompiledConfig): RunnableTask {
  const options = annotated(definition.name, definition.options, config);
  const { timeLimit, softTimeLimit } = effectiveLimits(
    options,
    config,
    `The task '${definition.name}' (${definition.source})`,
  );
  return {
    definition: validating(definition, options),
    options,
    hooks: hooksOf(definition, options),
    acksLate: options.acksLate ?? config.taskAcksLate,
    acksOnFailure: options.acksOnFailureOrTimeout ?? config.taskAcksOnFailureOrTimeout,
    rejectOnWorkerLost: options.rejectOnWorkerLost ?? config.taskRejectOnWorkerLost,
    ignoreResult: options.ignoreResult ?? config.taskIgnoreResult,
    storeErrorsEvenIfIgnored: options.storeErrorsEvenIfIgnored ?? config.taskStoreErrorsEvenIfIgnored,
    trackStarted: options.trackStarted ?? config.taskTrackStarted,
    storeEagerResult: options.storeEagerResult ?? config.taskStoreEagerResult,
    limits: { soft: softTimeLimit ?? null, hard: timeLimit ?? null },
    rateLimit: options.rateLimit ?? config.taskDefaultRateLimit,
  };
}

/** Costs nothing where there is no schema. */
function validating(definition: TaskDefinition, { schema }: TaskOptions): TaskDefinition {
  const checked = definition.checksSchema === true && schema === definition.options.schema;
  if (!schema || checked) return definition;
  const handler: TaskDefinition['handler'] = async (args, kwargs) =>
    definition.handler(await validateArguments(definition.name, schema, args), kwargs);
  return { ...definition, handler };
}

const HOOKS = ['beforeStart', 'onSuccess', 'onFailure', 'onRetry', 'afterReturn'] as const;

function hooksOf({ hooks = [] }: TaskDefinition, options: TaskOptions): readonly TaskHooks[] {
  return HOOKS.some((name) => options[name]) ? [...hooks, options] : hooks;
}
