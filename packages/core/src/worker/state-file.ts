import { JsonFile } from '../files/json-file.js';
import { isRecord } from '../protocol/class-tag.js';
import type { Revocation } from './revocations.js';
import type { WorkerLog } from './worker-log.js';

const VERSION = 1;

/** What a worker knows over its restarts. */
export interface WorkerState {
  readonly revoked: readonly Revocation[];
  /** The logical clock. */
  readonly clock: number;
}

/** What `--statedb` keeps, as JSON. Celery keeps a shelve. */
export class StateFile {
  readonly #file: JsonFile<WorkerState & { version: number }>;

  constructor(
    readonly path: string,
    log: WorkerLog,
  ) {
    this.#file = new JsonFile(path, {
      what: 'state file',
      option: 'workerStateDb, -S',
      read: readState,
      onDamaged: (message) => log.say('WARNING', `${message}, and the worker starts with no revoked tasks of its own.`),
    });
  }

  /**
   * What was saved last; nothing where there is no file. One that cannot be understood is put aside, with a warning.
   * @throws ImproperlyConfigured when the file may not be read
   */
  async load(): Promise<WorkerState> {
    const { revoked, clock } = (await this.#file.load()) ?? EMPTY;
    return { revoked, clock };
  }

  /** @throws ImproperlyConfigured when the file cannot be written */
  save({ clock, revoked }: WorkerState): Promise<void> {
    return this.#file.save({ version: VERSION, clock, revoked });
  }
}

const EMPTY: WorkerState = { revoked: [], clock: 0 };

/** Undefined for what no worker of ours has written. */
function readState(state: unknown): (WorkerState & { version: number }) | undefined {
  if (!isRecord(state) || state.version !== VERSION || !Array.isArray(state.revoked)) return undefined;
  if (!Number.isSafeInteger(state.clock) || !state.revoked.every(isRevocation)) return undefined;
  return { version: VERSION, revoked: state.revoked, clock: state.clock as number };
}

function isRevocation(value: unknown): value is Revocation {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1]);
}
