import type { Cancel, Clock } from '../contracts/clock.js';

/** setTimeout counts in 32 bits: a longer wait is made of several. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The real clock, and the only place of the library that asks for the time or sets a timer. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  at,
  sleep,
};

function at(when: Date, run: () => void, inBackground = false): Cancel {
  if (Number.isNaN(when.getTime())) return () => {}; // setTimeout would take it for now
  let timer: NodeJS.Timeout;
  const arm = () => {
    const wait = when.getTime() - Date.now();
    timer = wait > LONGEST_TIMER ? setTimeout(arm, LONGEST_TIMER) : setTimeout(run, Math.max(0, wait));
    if (inBackground) timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const timer = setTimeout(finish, ms);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    function finish() {
      signal?.removeEventListener('abort', abort);
      resolve();
    }
  });
}
