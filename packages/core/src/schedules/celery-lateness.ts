import type { Zone } from './zone.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * How long ago, in milliseconds, the due time is that Celery holds against `beat_cron_starting_deadline`. That is the latest one, as far
 * as Celery finds it. Its ways are kept, for the same answers:
 * - It goes on from `last` by as much as the next due time is late, over and over, and may leap over the latest. (Where these leaps are
 *   short against the wait, milliseconds in a day, Celery hangs; here all that come to nothing are one.)
 * - Of an hour on another date than `now`'s, it passes over the rest.
 */
export function celeryLateness(
  next: (after: number) => number | undefined,
  zone: Zone,
  last: number,
  now: number,
): number {
  let lateness = now - (next(last) ?? Infinity);
  let from = last;
  for (;;) {
    const due = next(searchFrom(zone, from, now)) ?? Infinity;
    if (due > now) return lateness;
    lateness = now - due;
    if (lateness === 0) return 0;
    from += lateness * Math.ceil((due - from) / lateness);
  }
}

function searchFrom(zone: Zone, from: number, now: number): number {
  const wall = from + zone.offsetAt(from);
  const isToday = Math.floor(wall / DAY) === Math.floor((now + zone.offsetAt(now)) / DAY);
  return isToday ? from : from - wall + (Math.floor(wall / HOUR) + 1) * HOUR - 1;
}
