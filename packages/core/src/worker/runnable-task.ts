import type { CeleryApp } from '../app/celery-app.js';
import type { CompiledConfig } from '../app/compiled-config.js';
import type { TaskDefinition, TaskRegistry } from '../app/task-registry.js';
import { builtInTasks } from './built-in-tasks.js';

/** A task with each of its options decided: the task's own word, else the setting. */
export interface RunnableTask {
  readonly definition: TaskDefinition;
  readonly acksLate: boolean;
  readonly acksOnFailure: boolean;
  readonly ignoreResult: boolean;
  readonly storeErrorsEvenIfIgnored: boolean;
  readonly trackStarted: boolean;
}

/** The built-in tasks and the application's own, which may replace them. */
export function compileTasks(registry: TaskRegistry, app: CeleryApp): ReadonlyMap<string, RunnableTask> {
  const definitions = [...builtInTasks(app), ...registry.names().map((name) => registry.get(name))];
  return new Map(definitions.map((definition) => [definition.name, compileTask(definition, app.config)]));
}

function compileTask(definition: TaskDefinition, config: CompiledConfig): RunnableTask {
  const { options } = definition;
  return {
    definition,
    acksLate: options.acksLate ?? config.taskAcksLate,
    acksOnFailure: options.acksOnFailureOrTimeout ?? config.taskAcksOnFailureOrTimeout,
    ignoreResult: options.ignoreResult ?? config.taskIgnoreResult,
    storeErrorsEvenIfIgnored: options.storeErrorsEvenIfIgnored ?? config.taskStoreErrorsEvenIfIgnored,
    trackStarted: options.trackStarted ?? config.taskTrackStarted,
  };
}
