import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '@nestjs-celery/core';

/** What can be seen of what is going on. */
export interface Commotion {
  /** Tasks that run: until there are none, nothing is calm. */
  readonly running: number;
  /** Messages that were sent. */
  readonly sent: number;
  /** Timers of the virtual clock. */
  readonly timers: number;
}

/** Turns of the event loop in which nothing may happen: what passes from hand to hand here takes one turn or two. */
const CALM_TURNS = 6;
/** Turns after which what runs must be waiting for the world outside: from then on we look once in a millisecond. */
const BUSY_TURNS = 100;

/**
 * Resolves with undefined when nothing goes on and nothing happens any more: it waits for the tasks themselves, however long they take.
 * Resolves with what goes on when tasks run and nothing has happened for `patience` milliseconds of real time, or for a few turns of the
 * event loop where that is still what the last call found to be `stuck`.
 */
export async function calm(look: () => Commotion, patience: number, stuck?: Commotion): Promise<Commotion | undefined> {
  let since = systemClock.monotonic();
  let last = look();
  for (let quiet = 1; ; quiet++) {
    await (quiet < BUSY_TURNS ? nextTurn() : systemClock.sleep(1));
    const now = look();
    if (now.timers !== last.timers || !isSame(now, last)) [quiet, since] = [0, systemClock.monotonic()];
    last = now;
    if (quiet < CALM_TURNS) continue;
    if (now.running === 0) return undefined;
    if (systemClock.monotonic() - since > patience || (stuck && isSame(now, stuck))) return now;
  }
}

/** Time may have passed in between, but no task began, ended or sent anything. */
const isSame = (a: Commotion, b: Commotion) => a.running === b.running && a.sent === b.sent;
