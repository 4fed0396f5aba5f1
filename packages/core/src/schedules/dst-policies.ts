import type { DstPolicy } from './schedule.js';
import type { Transition, Zone } from './zone.js';

export const DST_POLICIES = ['celery', 'wall'] as const satisfies DstPolicy[];

/** Readings of a wall clock, as the milliseconds since 1970 of a UTC clock that shows them. */
export interface WallPattern {
  /** The first one after a reading. */
  next(wall: number): number | undefined;
  /** Whether they are in every hour. */
  readonly isHourly: boolean;
}

/** 'celery': what is left out runs that much later; what comes twice runs the first time; a start within the second pass goes on in it. */
export function nextAsCelery(pattern: WallPattern, zone: Zone, after: number): number | undefined {
  const wall = pattern.next(after + zone.offsetAt(after));
  if (wall === undefined) return undefined;
  const transition = zone.transitionNear(wall);
  return transition ? throughTransition(pattern, transition, wall, after) : wall - zone.offsetAt(wall);
}

function throughTransition(
  pattern: WallPattern,
  { at, oldOffset, newOffset }: Transition,
  wall: number,
  after: number,
): number {
  const byOldClock = wall - oldOffset;
  const byNewClock = wall - newOffset;
  // The reading comes before the change, perhaps once more after it: the first time, unless that has passed.
  if (byOldClock < at) return byOldClock > after ? byOldClock : byNewClock;
  if (byNewClock >= at) return byNewClock;
  // The reading is left out. It runs late by what was left out, but never past a reading that really comes.
  const firstReal = pattern.next(at + newOffset - 1) ?? Infinity;
  return Math.min(byOldClock, firstReal - newOffset);
}

/** 'wall': see `DstPolicy`. */
export function nextByWall(pattern: WallPattern, zone: Zone, after: number): number | undefined {
  return pattern.isHourly ? nextShown(pattern, zone, after) : nextReached(pattern, zone, after);
}

/** The next matching reading that the clock shows, in whichever pass: span by span, since within one the clock goes steadily. */
function nextShown(pattern: WallPattern, zone: Zone, after: number): number | undefined {
  const nextReading = remembering(pattern);
  let from = after;
  for (;;) {
    const { to, offset } = zone.spanAt(from);
    const wall = nextReading((from === after ? after : from - 1) + offset);
    if (wall === undefined || wall - offset < to) return wall === undefined ? undefined : wall - offset;
    from = to;
  }
}

/** `next` of a pattern, which takes its time for what is rare: what it has found stands for every reading from there back to where it began. */
function remembering(pattern: WallPattern): WallPattern['next'] {
  let from = Infinity;
  let found: number | undefined = -Infinity;
  return (wall) => {
    if (found !== undefined && (wall < from || wall >= found)) {
      from = wall;
      found = pattern.next(wall);
    }
    return found;
  };
}

/** The next matching reading that the clock has never reached before, when it reaches or jumps over it. */
function nextReached(pattern: WallPattern, zone: Zone, after: number): number | undefined {
  const wall = pattern.next(zone.latestReadingAt(after));
  return wall === undefined ? undefined : zone.firstInstantOf(wall);
}
