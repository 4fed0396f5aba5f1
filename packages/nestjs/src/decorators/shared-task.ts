import { checkTaskOptions, ImproperlyConfigured } from '@nestjs-celery/core';
import type { StandardSchema, TaskOptions } from '@nestjs-celery/core';
import type { CallArguments } from '../task-types.js';
import { SHARED_TASK } from './metadata-keys.js';

/** Options of `@SharedTask`: those of a task, and the app that it belongs to. */
export interface SharedTaskOptions<Output = unknown> extends TaskOptions {
  /** Binds the task to one named app. @default every app of the process has it */
  app?: string;
  schema?: StandardSchema<unknown, Output>;
}

/** A decorator for methods, which are kept as they are. */
export type TaskDecorator = (target: object, method: string | symbol, descriptor: PropertyDescriptor) => void;

/** One for methods that take what a schema gives; a schema that does not say what it gives goes with every method. */
export type SchemaTaskDecorator<Output> = <M>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & Fits<Output, M>,
) => void;

type Fits<Output, M> = unknown extends Output
  ? unknown
  : M extends (...args: infer Args) => unknown
    ? Output extends Readonly<CallArguments<Args>>
      ? unknown
      : { readonly 'the schema gives': Output; readonly 'the method takes': CallArguments<Args> }
    : unknown;

/**
 * Makes the method a task that workers run. Celery's `@shared_task`.
 * The options may be the task's name alone, and their `schema` has to give what the method takes; without one it is `Class.method` (see `@TaskHost`).
 * @throws ImproperlyConfigured on a static or symbol-named method, on a method that has it already, and for an option that no task may have.
 */
export function SharedTask<Output = unknown>(
  options: string | SharedTaskOptions<Output> = {},
): SchemaTaskDecorator<NoInfer<Output>> {
  return (target, method, descriptor: PropertyDescriptor) => {
    assertTaskMethod('SharedTask', target, method, descriptor);
    if (Reflect.hasOwnMetadata(SHARED_TASK, target, method)) {
      throw new ImproperlyConfigured(`${place(target, method)} has @SharedTask twice: a task has one name.`);
    }
    Reflect.defineMetadata(SHARED_TASK, readOptions(options, `The task ${place(target, method)}`), target, method);
  };
}

function readOptions(written: string | SharedTaskOptions, where: string): SharedTaskOptions {
  if (typeof written === 'string') return checkTaskOptions({ name: written }, where);
  const { app, ...options } = written;
  const checked = checkTaskOptions(options, where);
  return app === undefined ? checked : { ...checked, app };
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
