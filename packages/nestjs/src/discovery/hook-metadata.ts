import { ImproperlyConfigured } from '@nestjs-celery/core';
import { TASK_HOOKS } from '../decorators/metadata-keys.js';
import { hookDecorator } from '../decorators/task-hooks.js';
import type { HookName, StoredHook } from '../decorators/task-hooks.js';
import { methodNames } from './task-metadata.js';
import type { TaskDeclaration } from './task-metadata.js';

/** A method that is called around the runs of a task. */
export interface HookDeclaration {
  readonly hook: HookName;
  readonly method: string;
}

/**
 * The hooks that a class declares or inherits, by the method of the task that has them.
 * @throws ImproperlyConfigured for a hook without a task: it would never be called.
 */
export function readHooks(
  prototype: object,
  tasks: readonly TaskDeclaration[],
): ReadonlyMap<string, readonly HookDeclaration[]> {
  const hooks = new Map<string, HookDeclaration[]>();
  for (const method of methodNames(prototype)) {
    const stored = (Reflect.getMetadata(TASK_HOOKS, prototype, method) ?? []) as StoredHook[];
    for (const each of stored) {
      const declaration = { hook: each.hook, method };
      for (const task of tasksOf(prototype, method, each, tasks)) {
        hooks.set(task, [...(hooks.get(task) ?? []), declaration]);
      }
    }
  }
  return hooks;
}

function tasksOf(
  prototype: object,
  method: string,
  { hook, tasks }: StoredHook,
  known: readonly TaskDeclaration[],
): readonly string[] {
  const methods = known.map((task) => task.method);
  const place = `@${hookDecorator(hook)}() on ${prototype.constructor.name}.${method}`;
  if (methods.length === 0) {
    throw new ImproperlyConfigured(
      `${place}: the class has no @SharedTask. For the tasks of other classes use @OnTaskSignal('task_failure').`,
    );
  }
  const unknown = tasks.find((task) => !methods.includes(task));
  if (unknown !== undefined) {
    throw new ImproperlyConfigured(
      `${place}: '${unknown}' is no task method of the class. It has ${methods.join(', ')}.`,
    );
  }
  return tasks.length > 0 ? tasks : methods;
}
