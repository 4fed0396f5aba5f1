import type { Cancel, Clock } from '../contracts/clock.js';

/** Waits for something, but not longer than until the deadline; how it ended is the caller's business. */
export async function within(deadline: Date, clock: Clock, work: Promise<unknown>): Promise<void> {
  let cancel: Cancel = () => {};
  const late = new Promise<void>((resolve) => (cancel = clock.at(deadline, resolve)));
  await Promise.race([work.catch(() => undefined), late]);
  cancel();
}
