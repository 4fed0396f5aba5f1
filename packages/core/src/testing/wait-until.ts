import { systemClock } from '../time/system-clock.js';

export interface WaitUntilOptions {
  /** Milliseconds. @default 25_000 */
  timeout?: number;
  /** Milliseconds from one look to the next. @default 5 */
  interval?: number;
}

/**
 * Asks until there is an answer that is neither false, null nor undefined, and resolves with it.
 * @throws Error that names `what`, when it does not come in time
 */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeout = 25_000, interval = 5 }: WaitUntilOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = systemClock.monotonic() + timeout;
  for (;;) {
    const answer = await condition();
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<T, false | null | undefined>;
    }
    if (systemClock.monotonic() > deadline) throw new Error(`Waited ${timeout} ms in vain: ${what}.`);
    await systemClock.sleep(interval);
  }
}
