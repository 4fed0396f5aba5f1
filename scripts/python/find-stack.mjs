import { statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, canUseApt } from '../lib/apt.mjs';
import { withLock } from '../lib/lock.mjs';
import { DEBIAN_PYTHON, lookInCache, unpack } from './later-debian.mjs';
import { isRecent, lookAt } from './stack.mjs';

/** @typedef {import('./stack.mjs').Stack} Stack */

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nestjs-celery/python');
const FAILED = join(CACHE, 'failed');
/** The last resort: this Debian's own Celery, 5.2 in Debian 12. */
const OF_THIS_RELEASE = [
  'python3-celery',
  'python3-django-celery-beat',
  'python3-django-celery-results',
  'python3-django',
  'python3-psycopg2',
];

const HOW_TO_GET =
  'No Python with Celery was found, and only root on Debian can fetch one here. ' +
  'Run "python3 -m pip install \'celery>=5.4\' django-celery-results django-celery-beat psycopg2-binary", or name another interpreter in PYTHON.';

/**
 * The newest Python Celery stack that can be had: the one of PYTHON or of python3 when it is recent, else one of a later
 * Debian suite (unpacked into a cache the first time), else this Debian's own. Runs at the same time wait for each other.
 * @param {(line: string) => void} log
 * @returns {Promise<Stack>}
 */
export async function findStack(log) {
  return (await installed()) ?? (await lookInCache(CACHE)) ?? withLock(join(CACHE, 'lock'), () => fetchStack(log));
}

/** @returns {Promise<Stack | undefined>} */
async function installed() {
  const stack = await lookAt(process.env.PYTHON || 'python3');
  return stack && (process.env.PYTHON || isRecent(stack.celery)) ? stack : undefined;
}

/**
 * @param {(line: string) => void} log
 * @returns {Promise<Stack>}
 */
async function fetchStack(log) {
  // another run may have fetched it while we waited for the lock
  const cached = await lookInCache(CACHE);
  if (cached) return cached;
  if (canUseApt() && !failedLately()) {
    const unpacked = await tryToUnpack(log);
    if (unpacked) return unpacked;
    await aptInstall(OF_THIS_RELEASE, { log });
  }
  const own = await lookAt(DEBIAN_PYTHON);
  if (!own) throw new Error(HOW_TO_GET);
  return own;
}

/** @param {(line: string) => void} log */
async function tryToUnpack(log) {
  try {
    await unpack(CACHE, log);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`the newest Celery cannot be had, this Debian's will judge: ${reason}`);
    writeFileSync(FAILED, reason);
  }
  return lookInCache(CACHE);
}

/** Whether fetching failed within the hour: then it is not tried again for every spec of a run. */
function failedLately() {
  const failed = statSync(FAILED, { throwIfNoEntry: false });
  return failed !== undefined && Date.now() - failed.mtimeMs < 3_600_000;
}
