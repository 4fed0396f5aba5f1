import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folders that hold servers and are not on the PATH of a usual account. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];

/**
 * The first executable file of one of these names, looked for in `first`, then on the PATH, then in the system's folders.
 * @param {string[]} names
 * @param {string[]} [first]
 * @returns {string | undefined} its absolute path
 */
export function findBinary(names, first = []) {
  const folders = [...first, ...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

/**
 * `<parent>/<version>/bin` for every version installed, the newest first.
 * @param {string} parent
 */
export function versionedBinFolders(parent) {
  try {
    const versions = readdirSync(parent).filter((name) => /^\d/.test(name));
    return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(parent, version, 'bin'));
  } catch {
    return [];
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
