import { TASK_SIGNALS } from '../decorators/metadata-keys.js';
import type { StoredSignal } from '../decorators/on-task-signal.js';
import { methodNames } from './task-metadata.js';

/** A method that a signal calls. */
export interface SignalDeclaration extends StoredSignal {
  readonly method: string;
}

/** The receivers that a class declares or inherits. */
export function readSignals(prototype: object): SignalDeclaration[] {
  return methodNames(prototype).flatMap((method) => {
    const stored = (Reflect.getMetadata(TASK_SIGNALS, prototype, method) ?? []) as StoredSignal[];
    return stored.map((each) => ({ ...each, method }));
  });
}
