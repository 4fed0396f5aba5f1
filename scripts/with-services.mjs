// node scripts/with-services.mjs COMMAND ARGS…: runs the command with AMQP_URL, DATABASE_URL and REDIS_URL set, on servers
// that it brings up when there are none and takes down again. Its exit code is the command's.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { hold, letGo, toStderr, variables } from './services/session.mjs';

const [command, ...args] = process.argv.slice(2);
const interrupted = new AbortController();
/** @type {import('node:child_process').ChildProcess | undefined} */
let child;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    interrupted.abort(new Error(`interrupted by ${signal}`));
    child?.kill(signal);
  });
}

process.exitCode = await main();

async function main() {
  if (!command) {
    console.error('usage: node scripts/with-services.mjs COMMAND ARGS…');
    return 2;
  }
  try {
    const choices = await hold({ log: toStderr, signal: interrupted.signal });
    try {
      interrupted.signal.throwIfAborted();
      return await runCommand(command, variables(choices));
    } finally {
      await letGo(toStderr);
    }
  } catch (error) {
    toStderr(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/**
 * @param {string} command
 * @param {Record<string, string>} urls
 * @returns {Promise<number>} as a shell counts: 128 and the signal's number when one ended it
 */
function runCommand(command, urls) {
  return new Promise((resolve, reject) => {
    child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...urls } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
