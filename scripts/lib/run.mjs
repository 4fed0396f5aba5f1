import { execFile } from 'node:child_process';

/**
 * @typedef {object} Finished
 * @property {number} code the exit code; 127 when the command does not exist, 128 when a signal or the timeout ended it
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a command without a shell and without input, and gathers what it prints. Never rejects for a command that fails:
 * look at `code`. Rejects only when `signal` aborts.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 * @returns {Promise<Finished>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { maxBuffer: 64 << 20, ...options, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (options.signal?.aborted) reject(options.signal.reason);
        else
          resolve({ code: exitCode(error), stdout: String(stdout), stderr: String(stderr) || (error?.message ?? '') });
      },
    );
    child.stdin?.end();
  });
}

/**
 * As `run`, and rejects with the end of what the command said when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 */
export async function mustRun(command, args, options = {}) {
  const finished = await run(command, args, options);
  if (finished.code === 0) return finished;
  const said = lastLines(finished.stderr || finished.stdout);
  throw new Error(`${command} ${args.join(' ')} ended with code ${finished.code}:\n${said}`);
}

/** @param {string} text */
export function lastLines(text, count = 20) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** @param {import('node:child_process').ExecFileException | null} error */
function exitCode(error) {
  if (!error) return 0;
  if (error.code === 'ENOENT') return 127;
  return typeof error.code === 'number' ? error.code : 128;
}
