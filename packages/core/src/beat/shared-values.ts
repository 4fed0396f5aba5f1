import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import type { EntryCall } from './schedule-entry.js';

/** Beyond so many different ones, they are forgotten. */
const MOST = 10_000;

type Destination = Pick<PeriodicTaskRow, 'queue' | 'exchange' | 'routingKey' | 'priority' | 'expireSeconds'>;

/** Keeps once what many rows say alike: each cell that is read is a string of its own, and there may be a hundred thousand. */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #options = new Map<string, ApplyAsyncOptions>();
  readonly #calls = new Map<ApplyAsyncOptions, () => EntryCall>();

  text(text: string): string {
    return known(this.#texts, text, () => text);
  }

  /** @param make of a row that has these columns; must depend on nothing else */
  options(row: Destination, make: () => ApplyAsyncOptions): ApplyAsyncOptions {
    const { queue, exchange, routingKey, priority, expireSeconds } = row;
    return known(this.#options, JSON.stringify([queue, exchange, routingKey, priority, expireSeconds]), make);
  }

  /** That of rows without arguments: it depends on nothing but the options. */
  bareCall(options: ApplyAsyncOptions): () => EntryCall {
    return known(this.#calls, options, () => () => ({ args: [], kwargs: {}, options }));
  }
}

function known<K, T>(all: Map<K, T>, key: K, make: () => T): T {
  const found = all.get(key);
  if (found !== undefined) return found;
  if (all.size >= MOST) all.clear();
  const made = make();
  all.set(key, made);
  return made;
}
