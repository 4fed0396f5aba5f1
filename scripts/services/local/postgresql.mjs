import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary, versionedBinFolders } from '../../lib/paths.mjs';
import { mustRun } from '../../lib/run.mjs';
import { accountFor, makeFolder } from '../account.mjs';
import { freePorts } from '../ports.mjs';

/** @param {string} name */
const find = (name) => findBinary([name], versionedBinFolders('/usr/lib/postgresql'));

/**
 * A PostgreSQL cluster of its own: role and password postgres, on 127.0.0.1 only and without a socket file. Its defaults
 * are left alone, fsync among them, because the benchmarks run on it; only connections are more than usual.
 * @type {import('./local-server.mjs').LocalServer}
 */
export const postgresql = {
  isInstalled: () => Boolean(find('initdb') && find('postgres')),
  prepare,
  stopSignal: 'SIGQUIT',
};

/** @param {string} folder */
async function prepare(folder) {
  const account = accountFor('postgres');
  makeFolder(folder, account);
  const data = join(folder, 'data');
  const env = { ...withoutPostgresql(process.env), HOME: folder };
  await initialize(data, join(folder, 'password'), { cwd: folder, env, ...account });
  const [port] = /** @type {[number]} */ (await freePorts(1));
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return { folder, account, programs: [{ name: 'postgresql', command: String(find('postgres')), args, env, port }] };
}

/**
 * @param {string} data
 * @param {string} passwordFile
 * @param {import('node:child_process').ExecFileOptions} options
 */
async function initialize(data, passwordFile, options) {
  writeFileSync(passwordFile, 'postgres\n', { mode: 0o644 });
  const login = ['-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await mustRun(String(find('initdb')), ['-D', data, ...login, '-E', 'UTF8', '--no-locale', '--no-sync'], options);
  rmSync(passwordFile);
}

/**
 * PGPORT, PGDATA and the like are about another server.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutPostgresql(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^PG[A-Z]+$/.test(name)));
}
