import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again, until the answer is true.
 * @param {string} what what is waited for, for the error
 * @param {() => unknown} check may throw (or reject) to end the wait
 * @param {{ timeout?: number, every?: number, signal?: AbortSignal | undefined }} [options] milliseconds: 60,000 and 50 by default
 */
export async function waitFor(what, check, { timeout = 60_000, every = 50, signal } = {}) {
  const deadline = performance.now() + timeout;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not after ${Math.round(timeout / 1000)} s`);
    await pause(every, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
