import type { SignalName, SignalReceiver } from '@nestjs-celery/core';
import { TASK_SIGNALS } from './metadata-keys.js';
import { assertTaskMethod } from './shared-task.js';

/** Which of the signals of one name `@OnTaskSignal` receives. */
export interface OnTaskSignalOptions {
  /** Only what this sender tells: the name of a task, or of a worker's node. @default every sender */
  sender?: string;
  /** Only what this app tells. @default every app of the process */
  app?: string;
}

/** What the decorator keeps. */
export interface StoredSignal extends OnTaskSignalOptions {
  readonly signal: SignalName;
}

/**
 * Has the method called with each signal of that name in this process: `@OnTaskSignal('task_failure') failed({ task, exception }:
 * SignalPayload<'task_failure'>)`. For providers and controllers with one instance. What it throws goes to the log. May stand several times on one
 * method. Celery's `@task_failure.connect`.
 */
export function OnTaskSignal<S extends SignalName>(signal: S, options: OnTaskSignalOptions = {}) {
  return <M extends SignalReceiver<S>>(
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertTaskMethod('OnTaskSignal', target, method, descriptor);
    const below = (Reflect.getOwnMetadata(TASK_SIGNALS, target, method) ?? []) as StoredSignal[];
    Reflect.defineMetadata(TASK_SIGNALS, [{ ...options, signal }, ...below], target, method);
  };
}
