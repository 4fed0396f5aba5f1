import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { endingWithUs } from './death-signal.mjs';
import { lastLines } from './run.mjs';
import { waitFor } from './wait.mjs';

/**
 * A process that may outlive us. Process numbers are used again, so its birth is remembered beside it: a process with
 * another birth is somebody else's.
 * @typedef {{ pid: number, birth: string }} ProcessRef
 */

/** @type {boolean} */
const HAS_PROC = birthFromProc(process.pid) !== undefined;

/** This process, as others may look for it. */
export const SELF = refTo(process.pid);

/** @param {number} pid */
export function refTo(pid) {
  return { pid, birth: birthOf(pid) ?? 'gone' };
}

/** @param {ProcessRef} ref */
export function isAlive(ref) {
  return birthOf(ref.pid) === ref.birth;
}

/**
 * Starts a program that lives on when this one ends (unless `endsWithUs`), as the leader of a process group of its own.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, log: string, env?: NodeJS.ProcessEnv, account?: import('../services/account.mjs').Account, endsWithUs?: boolean }} options
 * @returns {Promise<ProcessRef>}
 */
export async function startDetached(command, args, { cwd, log, env, account, endsWithUs = false }) {
  const output = openSync(log, 'a');
  const [program, words] = endsWithUs ? endingWithUs(command, args) : [command, args];
  const child = spawn(program, words, { cwd, env, ...account, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  await once(child, 'spawn');
  child.unref();
  return refTo(/** @type {number} */ (child.pid));
}

/**
 * Ends a process and its group: `signal` first, SIGKILL when it is still there after ten seconds. One that has already
 * gone, or whose number now belongs to somebody else, is left alone.
 * @param {ProcessRef} ref
 * @param {NodeJS.Signals} [signal]
 */
export async function stopProcess(ref, signal = 'SIGTERM') {
  if (!isAlive(ref)) return;
  signalGroup(ref.pid, signal);
  const gone = () => !isAlive(ref);
  try {
    await waitFor(`process ${ref.pid} to end`, gone, { timeout: 10_000, every: 20 });
  } catch {
    signalGroup(ref.pid, 'SIGKILL');
    await waitFor(`process ${ref.pid} to end after SIGKILL`, gone, { timeout: 10_000, every: 20 });
  }
}

/**
 * For a readiness check: throws, with the end of its log, when the process has gone.
 * @param {string} title
 * @param {ProcessRef} ref
 * @param {string} log
 */
export function mustLive(title, ref, log) {
  if (!isAlive(ref))
    throw new Error(`${title} ended while it started. The end of ${log}:\n${lastLines(readFileSync(log, 'utf8'))}`);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * When the process started; undefined when there is none, or only its zombie (nobody may reap those in a container).
 * @param {number} pid
 */
function birthOf(pid) {
  if (HAS_PROC) return birthFromProc(pid);
  const shown = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
  return shown === '' || shown.startsWith('Z') ? undefined : shown.replace(/^\S+\s+/, '');
}

/** @param {number} pid */
function birthFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // after the command's name, which may hold blanks and brackets: state is field 3, start time field 22 (man 5 proc)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
