import type { StoredCall } from '../contracts/side-stores.js';
import type { EncodedContent } from './content.js';
import type { State } from './states.js';

/** Celery's tuple form of a result: `[[id, parent], children]`; children are `null` for a task, a list for a group. */
export type ResultTuple = [[id: string, parent: ResultTuple | null], ResultTuple[] | null];

/** What `resultExtended` adds. The reprs are Python syntax, as the message carries them. */
export interface ExtendedMeta {
  name: string | null;
  argsrepr: string | null;
  kwargsrepr: string | null;
  worker: string | null;
  retries: number;
  queue: string | null;
  periodicTaskName: string | null;
  /** The arguments for `rerun`; absent where they are too large or redacted away. Written, never read here: see `CallStore`. */
  call?: StoredCall;
}

/** One state of one task, as a backend stores it and gives it back. */
export interface TaskMeta {
  taskId: string;
  status: State;
  /** The return value, or the exception as `ExceptionInfo` where the state is an exception state: already encoded. */
  result: EncodedContent;
  traceback: string | null;
  children: ResultTuple[];
  /** Undefined while the task is not ready. */
  dateDone?: Date;
  /** Set by the write of STARTED only. */
  dateStarted?: Date;
  groupId?: string;
  parentId?: string;
  /** Present when `resultExtended` is on, and on what is read where it was stored so. */
  extended?: ExtendedMeta;
}
