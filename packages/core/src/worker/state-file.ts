import { mkdir, readFile, rename, rm, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImproperlyConfigured } from '../errors/config-errors.js';
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

/** One JSON file, always whole: a new one is written beside it and takes its place. Celery keeps a shelve. */
export class StateFile {
  constructor(
    readonly path: string,
    private readonly log: WorkerLog,
  ) {}

  /**
   * What was saved last; nothing where there is no file. One that cannot be understood is put aside, with a warning.
   * @throws ImproperlyConfigured when the file may not be read
   */
  async load(): Promise<WorkerState> {
    const text = await this.#read();
    if (text === undefined) return EMPTY;
    const state = parse(text);
    if (state) return state;
    const aside = `${this.path}.damaged`;
    await rename(this.path, aside);
    this.log.say(
      'WARNING',
      `The state file ${this.path} is damaged: it was renamed to ${aside}, and the worker starts with no revoked tasks of its own.`,
    );
    return EMPTY;
  }

  /** @throws ImproperlyConfigured when the file cannot be written */
  async save({ clock, revoked }: WorkerState): Promise<void> {
    const beside = `${this.path}.${process.pid}.new`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeThrough(beside, `${JSON.stringify({ version: VERSION, clock, revoked })}\n`);
      await rename(beside, this.path);
    } catch (cause) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw this.#refused('written', cause);
    }
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#refused('read', error);
    }
  }

  #refused(what: string, cause: unknown): ImproperlyConfigured {
    const why = (cause as Error).message;
    return new ImproperlyConfigured(
      `The state file ${this.path} (workerStateDb, -S) cannot be ${what}: ${why}. Correct its path or its rights.`,
      { cause },
    );
  }
}

const EMPTY: WorkerState = { revoked: [], clock: 0 };

/** Undefined for what no worker of ours has written. */
function parse(text: string): WorkerState | undefined {
  try {
    const state: unknown = JSON.parse(text);
    if (!isRecord(state) || state.version !== VERSION || !Array.isArray(state.revoked)) return undefined;
    if (!Number.isSafeInteger(state.clock) || !state.revoked.every(isRevocation)) return undefined;
    return { revoked: state.revoked, clock: state.clock as number };
  } catch {
    return undefined;
  }
}

function isRevocation(value: unknown): value is Revocation {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1]);
}

/** On the disk when it returns: after a power cut the file that takes the place of the old one must not be empty. */
async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
