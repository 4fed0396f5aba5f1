import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findBinary } from './paths.mjs';
import { mustRun, run } from './run.mjs';
import { waitFor } from './wait.mjs';

/** Debian asks this program whether a package may start its service (man invoke-rc.d). */
const POLICY = '/usr/sbin/policy-rc.d';
const OURS = '# Written by nestjs-celery (scripts/lib/apt.mjs) while it installs packages; safe to remove.';
/** A drop-in of postgresql-common: no cluster of the system's is made, ours are temporary. */
const NO_MAIN_CLUSTER = '/etc/postgresql-common/createcluster.d/nestjs-celery.conf';

/** Whether packages can be installed: Debian (or a child of it), as root. */
export function canUseApt() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findBinary(['apt-get']) !== undefined;
}

/**
 * Installs packages without what they recommend; a server among them is not started.
 * @param {string[]} packages
 * @param {{ log: (line: string) => void, signal?: AbortSignal | undefined }} options
 */
export async function aptInstall(packages, { log, signal }) {
  log(`installing with apt what is not there yet of ${packages.join(' ')}`);
  await updateOnce(signal);
  await withoutAutostart(() => install(packages));
  signal?.throwIfAborted();
}

/** @type {Promise<void> | undefined} */
let updated;

/**
 * The package lists, brought up to date once a process. One source of several that does not answer is no reason to stop:
 * the installation tells whether it mattered.
 * @param {AbortSignal | undefined} signal
 */
function updateOnce(signal) {
  updated ??= waitFor(
    'another apt-get update to end',
    async () => {
      const { stderr } = await run('apt-get', ['update', '-qq'], { signal });
      return !stderr.includes('Could not get lock');
    },
    { timeout: 300_000, every: 1000, signal },
  );
  return updated;
}

/**
 * Goes on to its end whatever happens to us, in a session of its own where no Ctrl-C reaches it: dpkg cut short leaves
 * packages half configured, and would go on without what holds the services back.
 * @param {string[]} packages
 */
function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const command = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  return mustRun('setsid', ['--wait', 'apt-get', ...command], { env });
}

/**
 * Runs `work` while no package may start a service or make a PostgreSQL cluster, and puts all back as it was.
 * @template T
 * @param {() => Promise<T>} work
 */
async function withoutAutostart(work) {
  const kept = `${POLICY}.kept-by-nestjs-celery`;
  // a run that was killed may have left its own file: then what it kept, if anything, is still the user's
  if (existsSync(POLICY) && !readFileSync(POLICY, 'utf8').includes(OURS)) renameSync(POLICY, kept);
  writeFileSync(POLICY, `#!/bin/sh\n${OURS}\nexit 101\n`, { mode: 0o755 });
  mkdirSync(dirname(NO_MAIN_CLUSTER), { recursive: true });
  writeFileSync(NO_MAIN_CLUSTER, `${OURS}\ncreate_main_cluster = false\n`);
  try {
    return await work();
  } finally {
    if (existsSync(kept)) renameSync(kept, POLICY);
    else rmSync(POLICY, { force: true });
    rmSync(NO_MAIN_CLUSTER, { force: true });
    removeIfEmpty(dirname(NO_MAIN_CLUSTER));
    removeIfEmpty(dirname(dirname(NO_MAIN_CLUSTER)));
  }
}

/** @param {string} folder */
function removeIfEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // it holds other things
  }
}
