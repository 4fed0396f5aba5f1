import type { CeleryApp } from '../../app/celery-app.js';
import { pythonText } from '../../protocol/python-literals.js';
import type { Dispatcher } from '../dispatcher.js';
import type { RevocationKeeper } from '../revocation-keeper.js';
import type { RunnableTask } from '../runnable-task.js';
import type { WorkerLog } from '../worker-log.js';

/** What commands see of the worker. Celery's `state`. */
export interface ControlledWorker {
  readonly app: CeleryApp;
  readonly hostname: string;
  readonly tasks: ReadonlyMap<string, RunnableTask>;
  readonly dispatcher: Dispatcher;
  readonly revocations: RevocationKeeper;
  readonly log: WorkerLog;
}

export type CommandArguments = Readonly<Record<string, unknown>>;

/**
 * What a worker does on a command, and what it answers. It changes the worker before it first waits for anything, so that commands
 * count in the order in which they came. What it throws is answered as `{ error: … }`.
 */
export type Command = (worker: ControlledWorker, args: CommandArguments) => unknown;

export const ok = (value: unknown) => ({ ok: value });
export const nok = (value: unknown) => ({ error: value });

/** An argument that must be there. @throws TypeError in Python's words */
export function required(args: CommandArguments, name: string, command: string): unknown {
  if (Object.hasOwn(args, name)) return args[name];
  throw new TypeError(`${command}() missing 1 required positional argument: '${name}'`);
}

/** An error as Python's `repr` shows an exception: `TypeError('…')`. */
export function errorRepr(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return `${name}(${pythonText(message)})`;
}
