import type { Clock } from '../contracts/clock.js';

/** The time in so many milliseconds, by this clock. */
export function fromNow(clock: Clock, ms: number): Date {
  return new Date(clock.now().getTime() + ms);
}
