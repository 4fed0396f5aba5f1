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
  return (target, method, descriptor) => {
    assertTaskMethod('SharedTask', target, method, descriptor);
    if (Reflect.hasOwnMetadata(SHARED_TASK, target, method)) {
      throw new ImproperlyConfigured(`${place(target, method)} has @SharedTask twice: a task has one name.`);
    }
    Reflect.defineMetadata(SHARED_TASK, typeof options === 'string' ? { name: options } : options, target, method);
  };
}

/** Tasks are found through instances and by text: neither a static or symbol-named method nor an accessor can be one. */
export function assertTaskMethod(
  decorator: string,
  target: object,
  method: string | symbol,
  descriptor?: PropertyDescriptor,
): asserts method is string {
  const problem = problemOf(target, method, descriptor);
  if (problem === undefined) return;
  throw new ImproperlyConfigured(`@${decorator}() on ${place(target, method)}: ${problem}. Use an ordinary method.`);
}

function problemOf(target: object, method: string | symbol, descriptor?: PropertyDescriptor): string | undefined {
  if (typeof target === 'function') return 'it is static';
  if (typeof method === 'symbol') return 'it is named by a symbol';
  return descriptor && typeof descriptor.value !== 'function' ? 'it is an accessor' : undefined;
}

function place(target: object, method: string | symbol): string {
  const host = typeof target === 'function' ? target : target.constructor;
  return `${host.name}.${String(method)}`;
}
