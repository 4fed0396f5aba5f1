import { CeleryError } from './celery-error.js';

/** What is known of an exception that was raised in another process. */
export interface RemoteException {
  /** The class there: `ValueError`. */
  readonly excType: string;
  /** The module there: `builtins`, `proj.tasks`; null when the sender did not say. */
  readonly excModule: string | null;
  /** The arguments of its constructor. */
  readonly excArgs: readonly unknown[];
}

/**
 * A task failed with an exception that has no class here. `name` is the name of its class there, `message` what Python's `str()` says.
 * Stored or sent again it is the exception that it was.
 */
export class RemoteError extends CeleryError implements RemoteException {
  readonly code = 'REMOTE_ERROR';
  readonly excType: string;
  readonly excModule: string | null;
  readonly excArgs: readonly unknown[];

  constructor(message: string, remote: RemoteException) {
    super(message);
    this.name = remote.excType;
    this.excType = remote.excType;
    this.excModule = remote.excModule;
    this.excArgs = remote.excArgs;
  }
}

/** The `cause` of an exception that came from another process: its stack is the traceback as it was written there. */
export class RemoteTraceback extends CeleryError {
  readonly code = 'REMOTE_TRACEBACK';

  constructor(traceback: string) {
    super('The traceback of the process that ran the task');
    this.stack = traceback;
  }
}
