import { MetadataScanner } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { BeatScheduleEntry, TaskOptions } from '@nestjs-celery/core';
import { PERIODIC, SHARED_TASK, TASK_HOST } from '../decorators/metadata-keys.js';
import type { StoredPeriodic } from '../decorators/periodic.js';
import type { SharedTaskOptions } from '../decorators/shared-task.js';

/** One `@Periodic` of a method: an entry of `beatSchedule` with its name, whose task is the method's. */
export interface PeriodicDeclaration extends Omit<BeatScheduleEntry, 'task'> {
  readonly name: string;
}

/** A task as its decorators declare it. Plain data, read from the prototype: no instance is needed. */
export interface TaskDeclaration {
  readonly method: string;
  readonly name: string;
  readonly options: TaskOptions;
  /** The only app that has the task; undefined: all have. */
  readonly app?: string;
  readonly periodic: readonly PeriodicDeclaration[];
}

const scanner = new MetadataScanner();

/** Methods of a prototype, inherited ones included. */
export function methodNames(prototype: object): string[] {
  return scanner.getAllMethodNames(prototype);
}

/** The tasks that a class declares or inherits. @throws ImproperlyConfigured when a default name cannot be made. */
export function readTasks(prototype: object): TaskDeclaration[] {
  return methodNames(prototype).flatMap((method) => readTask(prototype, method) ?? []);
}

function readTask(prototype: object, method: string): TaskDeclaration | undefined {
  const shared = Reflect.getMetadata(SHARED_TASK, prototype, method) as SharedTaskOptions | undefined;
  const periodic = Reflect.getMetadata(PERIODIC, prototype, method) as StoredPeriodic[] | undefined;
  if (!shared && !periodic) return undefined;
  const { app, ...options } = shared ?? {};
  const name = options.name ?? defaultName(prototype, method);
  const task = { method, name, options, periodic: (periodic ?? []).map((each, index) => declare(each, name, index)) };
  return app === undefined ? task : { ...task, app };
}

/** The first schedule of a task takes its name, the others add their number. */
function declare(stored: StoredPeriodic, task: string, index: number): PeriodicDeclaration {
  const { name = index === 0 ? task : `${task}#${index + 1}`, args = [], kwargs = {}, options = {}, ...rest } = stored;
  return { ...rest, name, args, kwargs, options };
}

function defaultName(prototype: object, method: string): string {
  const host = prototype.constructor;
  const prefix = (Reflect.getOwnMetadata(TASK_HOST, host) as string | undefined) ?? host.name;
  if (prefix !== '') return `${prefix}.${method}`;
  throw new ImproperlyConfigured(`The task method '${method}' is in a class without a name: add @TaskHost('prefix').`);
}
