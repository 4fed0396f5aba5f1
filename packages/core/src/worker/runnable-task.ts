import type { CompiledConfig } from '../app/compiled-config.js';
import type { TaskDefinition, TaskRegistry } from '../app/task-registry.js';

/** A task with each of its options decided: the task's own word, else the setting. */
export interface RunnableTask {
  readonly definition: TaskDefinition;
  readonly acksLate: boolean;
  readonly acksOnFailure: boolean;
  readonly ignoreResult: boolean;
  readonly storeErrorsEvenIfIgnored: boolean;
  readonly trackStarted: boolean;
}

export function compileTasks(registry: TaskRegistry, config: CompiledConfig): ReadonlyMap<string, RunnableTask> {
  return new Map(registry.names().map((name) => [name, compileTask(registry.get(name), config)]));
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
