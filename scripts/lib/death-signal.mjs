import { findBinary } from './paths.mjs';

const SETPRIV = process.platform === 'linux' ? findBinary(['setpriv']) : undefined;

/**
 * The command to spawn instead of this one, so that the kernel kills it when we die, however that happens (a test run that
 * is killed cannot clean up). Where there is no such thing, the command itself.
 * @param {string} command
 * @param {string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function endingWithUs(command, args) {
  return SETPRIV ? [SETPRIV, ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, args];
}
