import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { TaskOptions } from '@nestjs-celery/core';
import { SHARED_TASK } from './metadata-keys.js';

export interface SharedTaskOptions extends TaskOptions {
  /** Binds the task to one named app. @default every app of the process has it */
  app?: string;
}

/** A decorator for methods, which are kept as they are. */
export type TaskDecorator = (target: object, method: string | symbol, descriptor: PropertyDescriptor) => void;

/**
 * Makes the method a task that workers run. Celery's `@shared_task`.
 * The options may be the task's name alone; without one it is `Class.method` (see `@TaskHost`).
 * @throws ImproperlyConfigured on a static or symbol-named method, or on a method that has it already.
 */
export function SharedTask(options: string | SharedTaskOptions = {}): TaskDecorator {
  return (target, method) => {
    assertTaskMethod('SharedTask', target, method);
    if (Reflect.hasOwnMetadata(SHARED_TASK, target, method)) {
      throw new ImproperlyConfigured(`${place(target, method)} has @SharedTask twice: a task has one name.`);
    }
    Reflect.defineMetadata(SHARED_TASK, typeof options === 'string' ? { name: options } : options, target, method);
  };
}

/** Tasks are found through instances and by text, so neither static nor symbol-named methods can be one. */
export function assertTaskMethod(decorator: string, target: object, method: string | symbol): asserts method is string {
  if (typeof target !== 'function' && typeof method === 'string') return;
  const kind = typeof target === 'function' ? 'static' : 'named by a symbol';
  throw new ImproperlyConfigured(
    `@${decorator}() on ${place(target, method)}: the method is ${kind}. Use an ordinary method.`,
  );
}

function place(target: object, method: string | symbol): string {
  const host = typeof target === 'function' ? target : target.constructor;
  return `${host.name}.${String(method)}`;
}
