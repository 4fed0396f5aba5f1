import { findBinary } from '../../lib/paths.mjs';
import { accountFor, makeFolder } from '../account.mjs';
import { freePorts } from '../ports.mjs';

const find = () => findBinary(['redis-server', 'valkey-server']);

/**
 * A Redis that keeps nothing on disk, on 127.0.0.1 only.
 * @type {import('./local-server.mjs').LocalServer}
 */
export const redis = { isInstalled: () => find() !== undefined, prepare, stopSignal: 'SIGKILL' };

/** @param {string} folder */
async function prepare(folder) {
  const account = accountFor('redis');
  makeFolder(folder, account);
  const [port] = /** @type {[number]} */ (await freePorts(1));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  return {
    folder,
    account,
    programs: [{ name: 'redis', command: String(find()), args, env: { ...process.env }, port }],
  };
}
