import { chownSync, mkdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/**
 * The account a server runs as; empty = ours.
 * @typedef {{ uid?: number, gid?: number }} Account
 */

/**
 * initdb and RabbitMQ's scripts refuse root, so as root a server gets the account that its package made for it.
 * @param {string} name
 * @returns {Account}
 */
export function accountFor(name) {
  if (process.getuid?.() !== 0) return {};
  return lookUp(name) ?? lookUp('nobody') ?? {};
}

/**
 * A folder that only the account can enter.
 * @param {string} path
 * @param {Account} account
 */
export function makeFolder(path, { uid, gid }) {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  return path;
}

/** @param {string} name */
function lookUp(name) {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  return uid?.status === 0 && gid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}
