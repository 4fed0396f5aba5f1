import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, SELF } from './processes.mjs';
import { waitFor } from './wait.mjs';

/**
 * Runs `work` while no other process runs it under the same lock file. A lock whose owner has died is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ timeout?: number, signal?: AbortSignal | undefined }} [options] how long to wait for the others: 5 minutes by default
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { timeout = 300_000, signal } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  await waitFor(`the lock ${file} (remove it if no other run is under way)`, () => take(file), { timeout, signal });
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  if (create(file)) return true;
  if (ownerLives(file)) return false;
  // Two that wait may both see the dead owner: only the one that holds the second lock may look again and clear the first.
  const clearing = `${file}.clearing`;
  if (!create(clearing)) return false;
  try {
    if (!ownerLives(file)) rmSync(file, { force: true });
  } finally {
    rmSync(clearing, { force: true });
  }
  return create(file);
}

/** @param {string} file */
function create(file) {
  try {
    writeFileSync(file, JSON.stringify(SELF), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function ownerLives(file) {
  try {
    return isAlive(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // gone meanwhile, or created and not yet written: it is looked at again
    return true;
  }
}
