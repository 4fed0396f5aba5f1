import type { Clock } from '../contracts/clock.js';

export interface Deadline {
  readonly clock: Clock;
  /** On `clock.monotonic()`. */
  readonly at: number;
  /** What to reject with when it has passed. */
  late(): Error;
}

/** Turns of the microtask queue that work without I/O may take: a broker's `declare` of a known queue takes fewer than ten. Beyond, there is a timer. */
const TURNS = 20;

/** The outcome of `work`, or a rejection once the deadline has passed. Work that needs neither I/O nor time costs no timer. */
export async function byDeadline<T>(work: Promise<T>, { clock, at, late }: Deadline): Promise<T> {
  if (await settlesAtOnce(work)) return work;
  const done = new AbortController();
  const passed = clock.sleep(Math.max(0, at - clock.monotonic()), done.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work, passed]);
  } finally {
    done.abort();
  }
}

async function settlesAtOnce(work: Promise<unknown>): Promise<boolean> {
  const outcome = { settled: false };
  const settle = () => (outcome.settled = true);
  work.then(settle, settle);
  for (let turn = 0; turn < TURNS && !outcome.settled; turn++) await Promise.resolve();
  return outcome.settled;
}
