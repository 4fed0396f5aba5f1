import { AlreadyRegistered, ImproperlyConfigured, NotRegistered } from '../errors/config-errors.js';
import { checkTaskOptions } from './check-task-options.js';
import type { TaskHooks } from './task-hooks.js';
import type { TaskOptions } from './task-options.js';

/** Runs one call of a task: positional arguments first, then keywords. */
export type TaskHandler = (args: unknown[], kwargs: Record<string, unknown>) => unknown;

/** A task that this process can run. */
export interface TaskDefinition {
  readonly name: string;
  readonly options: TaskOptions;
  readonly handler: TaskHandler;
  /** Hooks besides those of the options; these come first. */
  readonly hooks?: readonly TaskHooks[];
  /** Errors that no retry would mend, whatever `autoretryFor` says: arguments that are not valid, a caller without the right. */
  isFinal?(error: unknown): boolean;
  /** The handler binds keywords to parameters, and then checks the arguments by `options.schema` itself. @default false: the worker checks them first */
  readonly checksSchema?: boolean;
  /** Where it was declared, for error messages: `ReportTasks.send`. */
  readonly source: string;
}

/** The tasks of a worker by name. A name is looked up, never evaluated. */
export class TaskRegistry {
  readonly #tasks = new Map<string, TaskDefinition>();

  /** @throws AlreadyRegistered when the name is taken, ImproperlyConfigured when it is empty or an option cannot be used. */
  register(task: TaskDefinition): void {
    if (task.name === '') throw new ImproperlyConfigured(`The task ${task.source} has an empty name.`);
    const taken = this.#tasks.get(task.name);
    if (taken) {
      throw new AlreadyRegistered(
        `Two tasks are named '${task.name}': ${taken.source} and ${task.source}. Give one of them another name: @SharedTask({ name: '…' }).`,
      );
    }
    this.#tasks.set(task.name, {
      ...task,
      options: checkTaskOptions(task.options, `The task '${task.name}' (${task.source})`),
    });
  }

  find(name: string): TaskDefinition | undefined {
    return this.#tasks.get(name);
  }

  /** @throws NotRegistered */
  get(name: string): TaskDefinition {
    const task = this.#tasks.get(name);
    if (!task) throw new NotRegistered(`No task is registered under the name '${name}'.`);
    return task;
  }

  /** In alphabetical order. */
  names(): string[] {
    return [...this.#tasks.keys()].sort();
  }
}
