import { assignMetadata } from '@nestjs/common';
import type { PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { Injected } from '../task-types.js';
import { TASK_PARAMS } from './metadata-keys.js';
import { assertTaskMethod } from './shared-task.js';

/** What a parameter decorator of ours says about its parameter. */
export type TaskParam =
  | { readonly kind: 'argument'; readonly index: number; readonly name: string }
  | { readonly kind: 'context'; readonly index: number }
  | { readonly kind: 'kwargs'; readonly index: number };

/** Nest's number for a request body: the kind of parameter that a ValidationPipe validates without being told to. */
export const ARGUMENT_TYPE = 3;

/**
 * Names a parameter, so that callers may pass it by keyword: `@Kwarg('to') to: string`. It still takes its place among the
 * positional arguments. A name that ends in `?` (or a parameter with a default value) may be left out. Pipes run on the value.
 */
export function Kwarg(name: string, ...pipes: (Type<PipeTransform> | PipeTransform)[]): ParameterDecorator {
  return (target, method, index) => {
    add('Kwarg', target, method, { kind: 'argument', index, name });
    if (pipes.length > 0) addPipes(target, method as string, index, name, pipes);
  };
}

/** The type of what `@Kwargs()` takes. */
export type Kwargs = Injected<Record<string, unknown>>;

/** Takes the keywords that no other parameter takes: `@Kwargs() rest: Kwargs`. Python's `**kwargs`. */
export function Kwargs(): ParameterDecorator {
  return (target, method, index) => add('Kwargs', target, method, { kind: 'kwargs', index });
}

/** The running task: `@Ctx() ctx: Injected<TaskContext>`. Celery's `bind=True`. */
export function Ctx(): ParameterDecorator {
  return (target, method, index) => add('Ctx', target, method, { kind: 'context', index });
}

function add(decorator: string, target: object, method: string | symbol | undefined, param: TaskParam): void {
  if (method === undefined)
    throw new TypeError(`@${decorator}() is for parameters of task methods, not of constructors.`);
  assertTaskMethod(decorator, target, method);
  const params = (Reflect.getOwnMetadata(TASK_PARAMS, target, method) ?? []) as TaskParam[];
  Reflect.defineMetadata(TASK_PARAMS, [...params, param], target, method);
}

/** Where Nest looks for pipes that it has to instantiate. */
function addPipes(
  target: object,
  method: string,
  index: number,
  name: string,
  pipes: (Type<PipeTransform> | PipeTransform)[],
): void {
  const known = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, method) ?? {}) as Record<string, never>;
  const all = assignMetadata(known, ARGUMENT_TYPE, index, name, ...pipes);
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, all, target.constructor, method);
}
