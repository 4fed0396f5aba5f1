import { connect } from 'node:net';
import { join } from 'node:path';
import { mustLive, startDetached } from '../../lib/processes.mjs';
import { waitFor } from '../../lib/wait.mjs';
import { urlAt } from '../catalogue.mjs';

/** Milliseconds: RabbitMQ takes four seconds on an idle machine, and many times that on a loaded one. */
const PATIENCE = 180_000;

/**
 * @typedef {object} Program
 * @property {string} name also of its log file
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {number} port where it will listen
 */

/**
 * A server that can be started, and after it has ended started again with the same data on the same ports.
 * @typedef {object} Plan
 * @property {string} folder
 * @property {import('../account.mjs').Account} account
 * @property {Program[]} programs in the order to start them; the last is the server itself
 */

/**
 * @typedef {object} LocalServer
 * @property {() => boolean} isInstalled
 * @property {(folder: string) => Promise<Plan>} prepare makes its folder and data
 * @property {NodeJS.Signals} stopSignal the quickest end that leaves no process behind: the data is thrown away
 */

/**
 * Starts the programs of a plan and resolves, with the server's URL, when the server answers.
 * @param {import('../catalogue.mjs').Service} service
 * @param {Plan} plan
 * @param {{ onProcess: (ref: import('../../lib/processes.mjs').ProcessRef) => void, signal?: AbortSignal | undefined, endsWithUs?: boolean }} options
 *   `onProcess` is told of each process at once, so that it can be stopped whatever happens next
 */
export async function startLocal(service, { folder, account, programs }, { onProcess, signal, endsWithUs = false }) {
  let url = '';
  for (const { name, command, args, env, port } of programs) {
    const log = join(folder, `${name}.log`);
    const ref = await startDetached(command, args, { cwd: folder, log, env, account, endsWithUs });
    onProcess(ref);
    url = urlAt(service, port);
    const answers = () => (name === service.name ? succeeds(service.ask(url)) : isListening(port));
    const ready = async () => (await answers()) || mustLive(name, ref, log);
    await waitFor(`${name} to answer (its log: ${log})`, ready, { timeout: PATIENCE, signal });
  }
  return url;
}

/** @param {Promise<void>} answer */
function succeeds(answer) {
  return answer.then(
    () => true,
    () => false,
  );
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
