import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';

/** Beyond so many different ones, they are forgotten. */
const MOST = 10_000;

type Destination = Pick<PeriodicTaskRow, 'queue' | 'exchange' | 'routingKey' | 'priority' | 'expireSeconds'>;

/** Keeps once what many rows say alike: each cell that is read is a string of its own, and there may be a hundred thousand. */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #options = new Map<string, ApplyAsyncOptions>();

  text(text: string): string {
    return known(this.#texts, text, () => text);
  }

  /** @param make of a row that has these columns; must depend on nothing else */
  options(row: Destination, make: () => ApplyAsyncOptions): ApplyAsyncOptions {
    const { queue, exchange, routingKey, priority, expireSeconds } = row;
    return known(this.#options, JSON.stringify([queue, exchange, routingKey, priority, expireSeconds]), make);
  }
}

function known<T>(all: Map<string, T>, key: string, make: () => T): T {
  const found = all.get(key);
  if (found !== undefined) return found;
  if (all.size >= MOST) all.clear();
  const made = make();
  all.set(key, made);
  return made;
}
