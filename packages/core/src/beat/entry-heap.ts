/** Something to do for an entry, and when, in epoch milliseconds. An entry has one plan at a time. */
export interface Timed {
  readonly name: string;
  readonly at: number;
}

/** A min-heap by time in which each name stands once: the earliest is at hand, and to plan, to change or to drop one costs the logarithm of all. */
export class EntryHeap<Plan extends Timed> {
  readonly #plans: Plan[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#plans.length;
  }

  /** The earliest. */
  peek(): Plan | undefined {
    return this.#plans[0];
  }

  get(name: string): Plan | undefined {
    return this.#plans[this.#places.get(name) ?? -1];
  }

  /** In place of what was planned under the name. */
  set(plan: Plan): void {
    const place = this.#places.get(plan.name) ?? this.#plans.length;
    this.#settle(plan, place);
  }

  delete(name: string): Plan | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    const plan = this.#plans[place];
    this.#places.delete(name);
    const last = this.#plans.pop();
    if (last && place < this.#plans.length) this.#settle(last, place);
    return plan;
  }

  /** Takes out what is to be done by `now`, the earliest first, but not more than `limit`. */
  popUntil(now: Date, limit = Infinity): Plan[] {
    const due: Plan[] = [];
    for (let first = this.peek(); first && first.at <= now.getTime() && due.length < limit; first = this.peek()) {
      due.push(first);
      this.delete(first.name);
    }
    return due;
  }

  clear(): void {
    this.#plans.length = 0;
    this.#places.clear();
  }

  /** Finds the plan's place, upwards or downwards from a free one. */
  #settle(plan: Plan, free: number): void {
    let place = free;
    for (let up = (place - 1) >> 1; place > 0 && this.#timeAt(up) > plan.at; up = (place - 1) >> 1) {
      this.#put(this.#plans[up] as Plan, place);
      place = up;
    }
    for (let down = this.#earlierChild(place); this.#timeAt(down) < plan.at; down = this.#earlierChild(place)) {
      this.#put(this.#plans[down] as Plan, place);
      place = down;
    }
    this.#put(plan, place);
  }

  #put(plan: Plan, place: number): void {
    this.#plans[place] = plan;
    this.#places.set(plan.name, place);
  }

  #earlierChild(place: number): number {
    const left = 2 * place + 1;
    return this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left;
  }

  #timeAt(place: number): number {
    return this.#plans[place]?.at ?? Infinity;
  }
}
