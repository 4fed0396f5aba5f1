import type { BuiltInState, TaskContext, TaskHooks } from '@nestjs-celery/core';
import type { TaskResult } from '../task-types.js';
import { TASK_HOOKS } from './metadata-keys.js';
import { assertTaskMethod } from './shared-task.js';

export type HookName = keyof TaskHooks;

/** What the decorators of one method keep. */
export interface StoredHook {
  readonly hook: HookName;
  /** Methods of the class whose tasks have the hook; none: all of them. */
  readonly tasks: readonly string[];
}

type AnyMethod = (...args: never[]) => unknown;

/** A class that has these methods. */
type Host<K extends string> = { readonly [Name in K]: AnyMethod };

/** What the tasks return that are named; where none is, it may be anything. */
type ResultOf<T, K extends string> = [K] extends [never]
  ? unknown
  : K extends keyof T
    ? T[K] extends (...args: never[]) => infer Returned
      ? TaskResult<Returned>
      : never
    : never;

/** Decorates methods that take these arguments, or fewer, in a class that has the methods `K`. */
type HookDecorator<K extends string, Args extends unknown[]> = <
  T extends Host<K>,
  M extends (...args: Args) => unknown,
>(
  target: T,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type SuccessDecorator<K extends string> = <
  T extends Host<K>,
  M extends (result: ResultOf<T, K>, task: TaskContext) => unknown,
>(
  target: T,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/**
 * Has the method called before each run of the class's tasks, or of those that are named: `@BeforeStart('send')`. An error fails
 * the task. Celery's `before_start`.
 */
export function BeforeStart<K extends string = never>(...tasks: K[]): HookDecorator<K, [task: TaskContext]> {
  return decorate('beforeStart', tasks);
}

/**
 * Has the method called when SUCCESS is stored: `@OnSuccess('send') sent(result: number, task: TaskContext)`. Without names it is
 * for every task of the class, and the result is `unknown`. Celery's `on_success`.
 */
export function OnSuccess<K extends string = never>(...tasks: K[]): SuccessDecorator<K> {
  return decorate('onSuccess', tasks);
}

/** Has the method called when FAILURE is stored, with the error. Celery's `on_failure`. */
export function OnFailure<K extends string = never>(
  ...tasks: K[]
): HookDecorator<K, [error: Error, task: TaskContext]> {
  return decorate('onFailure', tasks);
}

/** Has the method called when RETRY is stored, with the reason. Celery's `on_retry`. */
export function OnRetry<K extends string = never>(...tasks: K[]): HookDecorator<K, [error: Error, task: TaskContext]> {
  return decorate('onRetry', tasks);
}

/** Has the method called last, after SUCCESS or FAILURE, with the result or the error. Celery's `after_return`. */
export function AfterReturn<K extends string = never>(
  ...tasks: K[]
): HookDecorator<K, [state: BuiltInState, value: unknown, task: TaskContext]> {
  return decorate('afterReturn', tasks);
}

const NAMES: Readonly<Record<HookName, string>> = {
  beforeStart: 'BeforeStart',
  onSuccess: 'OnSuccess',
  onFailure: 'OnFailure',
  onRetry: 'OnRetry',
  afterReturn: 'AfterReturn',
};

/** The name of the decorator, for error messages. */
export function hookDecorator(hook: HookName): string {
  return NAMES[hook];
}

function decorate(hook: HookName, tasks: readonly string[]) {
  return (target: object, method: string | symbol, descriptor: PropertyDescriptor): void => {
    assertTaskMethod(NAMES[hook], target, method, descriptor);
    const below = (Reflect.getOwnMetadata(TASK_HOOKS, target, method) ?? []) as StoredHook[];
    Reflect.defineMetadata(TASK_HOOKS, [{ hook, tasks }, ...below], target, method);
  };
}
