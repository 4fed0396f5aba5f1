import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { ROOT } from '../lib/paths.mjs';
import { isAlive } from '../lib/processes.mjs';

/** @typedef {import('../lib/processes.mjs').ProcessRef} ProcessRef */

/**
 * A server that this tool started.
 * @typedef {object} Started
 * @property {'docker' | 'local'} source
 * @property {string} url
 * @property {ProcessRef[]} processes in the order in which they were started
 */

/**
 * What is remembered between two runs of this tool.
 * @typedef {object} State
 * @property {number} version
 * @property {boolean} kept asked for by `services up`: stays until `services down`
 * @property {ProcessRef[]} holders the runs of with-services.mjs that use the servers: the last of them takes them down
 * @property {string} [folder] the temporary directory of the local servers
 * @property {string} [composeProject]
 * @property {Partial<Record<import('./catalogue.mjs').ServiceName, Started>>} started
 */

const VERSION = 1;
const FOLDER_PREFIX = 'nestjs-celery-services-';

/** Where the state is kept; specs of this tool give another place, so as not to meet the run they belong to. */
const STATE_FOLDER = process.env.NESTJS_CELERY_SERVICES_STATE ?? join(ROOT, '.services');
const STATE_FILE = join(STATE_FOLDER, 'state.json');

/**
 * Runs `work` on the state while no other run of this tool does. `save` writes it at once, and is called after every step
 * that would be hard to find again.
 * @template T
 * @param {(state: State, save: () => void) => Promise<T>} work
 * @param {AbortSignal} [signal]
 */
export function withState(work, signal) {
  const locked = async () => {
    const state = readState();
    state.holders = state.holders.filter(isAlive);
    const result = await work(state, () => writeState(state));
    writeState(state);
    return result;
  };
  return withLock(join(STATE_FOLDER, 'lock'), locked, { signal });
}

/**
 * The temporary directory of the local servers; other accounts may pass through, not look in.
 * @param {State} state
 */
export function localFolder(state) {
  if (!state.folder || !existsSync(state.folder)) {
    state.folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
    chmodSync(state.folder, 0o711);
  }
  return state.folder;
}

/**
 * Removes what `localFolder` made, and nothing that it did not make.
 * @param {State} state
 */
export function removeLocalFolder(state) {
  if (state.folder && basename(state.folder).startsWith(FOLDER_PREFIX)) {
    rmSync(state.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  delete state.folder;
}

/** @returns {State} a state that is missing, unreadable or of another version counts as empty */
function readState() {
  try {
    const state = JSON.parse(readFileSync(STATE_FILE, 'utf8'));
    if (state.version === VERSION) return state;
  } catch {
    // there is none
  }
  return { version: VERSION, kept: false, holders: [], started: {} };
}

/** @param {State} state */
function writeState(state) {
  if (!state.kept && state.holders.length === 0 && Object.keys(state.started).length === 0) {
    rmSync(STATE_FILE, { force: true });
    return;
  }
  mkdirSync(STATE_FOLDER, { recursive: true });
  writeFileSync(`${STATE_FILE}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
}
