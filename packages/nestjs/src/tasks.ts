import type { Type } from '@nestjs/common';
import { NotRegistered } from '@nestjs-celery/core';
import type { ApplyAsyncOptions, ApplyOptions, AsyncResult, CeleryApp, EagerResult } from '@nestjs-celery/core';
import { methodNames, readTasks } from './discovery/task-metadata.js';
import type { TaskDeclaration } from './discovery/task-metadata.js';
import { createArgumentCheck } from './parameters/check-arguments.js';
import type { ArgumentCheck } from './parameters/check-arguments.js';
import type { Task, Tasks } from './task-types.js';

/** What a task needs of its app. */
type TaskSender = Pick<CeleryApp, 'apply' | 'sendTask'>;

/** The tasks of a class for callers of one app. Using a method that is no task there throws `NotRegistered`. */
export function createTasks<T extends object>(host: Type<T>, app: TaskSender, appName: string): Tasks<T> {
  const tasks = Object.create(null) as object;
  const prototype = host.prototype as object;
  const declared = new Map(readTasks(prototype).map((task) => [task.method, task]));
  for (const method of methodNames(prototype)) {
    const task = declared.get(method);
    const refusal = refuse(host, method, task, appName);
    if (refusal !== undefined) {
      Object.defineProperty(tasks, method, { get: () => throwNotRegistered(refusal) });
    } else if (task) {
      Object.defineProperty(tasks, method, {
        value: new BoundTask(task, createArgumentCheck(prototype, task), app),
        enumerable: true,
      });
    }
  }
  return Object.freeze(tasks) as Tasks<T>;
}

function refuse(host: Type, method: string, task: TaskDeclaration | undefined, appName: string): string | undefined {
  if (!task) return `${host.name}.${method} is no task: put @SharedTask() on the method.`;
  if (task.app === undefined || task.app === appName) return undefined;
  return `${host.name}.${method} belongs to the app '${task.app}', not to '${appName}': @InjectTasks(${host.name}, '${task.app}').`;
}

function throwNotRegistered(message: string): never {
  throw new NotRegistered(message);
}

class BoundTask implements Task {
  readonly name: string;
  readonly #declaration: TaskDeclaration;
  readonly #check: ArgumentCheck | undefined;
  readonly #app: TaskSender;

  constructor(declaration: TaskDeclaration, check: ArgumentCheck | undefined, app: TaskSender) {
    this.name = declaration.name;
    this.#declaration = declaration;
    this.#check = check;
    this.#app = app;
  }

  delay(...args: unknown[]): Promise<AsyncResult> {
    return this.applyAsync(args);
  }

  async applyAsync(args: readonly unknown[], options: ApplyAsyncOptions = {}): Promise<AsyncResult> {
    this.#check?.(args, options.kwargs);
    return this.#app.sendTask(this.name, args, options, this.#declaration.options);
  }

  apply(args: readonly unknown[], options: ApplyOptions = {}): Promise<EagerResult> {
    return this.#app.apply(this.name, args, options);
  }
}
