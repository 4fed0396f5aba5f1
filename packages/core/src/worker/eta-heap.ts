import type { Request } from './request.js';

/** A message that is held. */
export interface Held {
  readonly request: Request;
  /** Wall clock, in milliseconds: when it is looked at again. */
  readonly due: number;
  /** When it may run. */
  readonly eta: number;
  /** Breaks ties: who came first goes first. */
  readonly turn: number;
  /** The prefetch count was raised for it. */
  readonly raised: boolean;
}

/** A min-heap by time: ten thousand messages cost one timer. */
export class EtaHeap {
  #items: Held[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Held | undefined {
    return this.#items[0];
  }

  push(held: Held): void {
    const items = this.#items;
    let index = items.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent];
      if (above === undefined || isBefore(above, held)) break;
      items[index] = above;
      index = parent;
    }
    items[index] = held;
  }

  pop(): Held | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  /** In no order. */
  takeAll(): Held[] {
    return this.#items.splice(0);
  }

  *[Symbol.iterator](): Iterator<Held> {
    yield* this.#items;
  }

  #sink(held: Held): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [items[left], items[left + 1]];
      const child = b !== undefined && a !== undefined && isBefore(b, a) ? b : a;
      if (child === undefined || isBefore(held, child)) break;
      items[index] = child;
      index = child === b ? left + 1 : left;
    }
    items[index] = held;
  }
}

function isBefore(a: Held, b: Held): boolean {
  return a.due < b.due || (a.due === b.due && a.turn < b.turn);
}
