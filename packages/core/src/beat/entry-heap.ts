import type { ScheduleEntry } from './schedule-entry.js';

/** An entry and its next run. */
export interface PlannedRun {
  readonly entry: ScheduleEntry;
  /** When its schedule wants it. */
  readonly dueAt: Date;
  /** When to publish it: `dueAt`, or later when a publish of it has failed. */
  readonly publishAt: Date;
  /** Publishes of this run that have failed. */
  readonly failures: number;
}

/** A min-heap by `publishAt`: the next run is at hand, and to plan one costs the logarithm of all. */
export class EntryHeap {
  readonly #runs: PlannedRun[] = [];

  get size(): number {
    return this.#runs.length;
  }

  /** The earliest run. */
  peek(): PlannedRun | undefined {
    return this.#runs[0];
  }

  push(run: PlannedRun): void {
    const time = run.publishAt.getTime();
    let index = this.#runs.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#timeAt(parent) <= time) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#runs[index] = run;
  }

  /** Takes out the earliest run. */
  pop(): PlannedRun | undefined {
    const first = this.#runs[0];
    const last = this.#runs.pop();
    if (last !== undefined && this.#runs.length > 0) this.#sinkFromTop(last);
    return first;
  }

  /** Takes out every run that is to be published by `now`, the earliest first. */
  popUntil(now: Date): PlannedRun[] {
    const due: PlannedRun[] = [];
    while (this.#timeAt(0) <= now.getTime()) due.push(this.pop() as PlannedRun);
    return due;
  }

  clear(): void {
    this.#runs.length = 0;
  }

  #sinkFromTop(run: PlannedRun): void {
    const time = run.publishAt.getTime();
    let index = 0;
    for (let child = this.#earlierChild(index); this.#timeAt(child) < time; child = this.#earlierChild(index)) {
      this.#move(child, index);
      index = child;
    }
    this.#runs[index] = run;
  }

  #earlierChild(index: number): number {
    const left = 2 * index + 1;
    return this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left;
  }

  #move(from: number, to: number): void {
    this.#runs[to] = this.#runs[from] as PlannedRun;
  }

  #timeAt(index: number): number {
    return this.#runs[index]?.publishAt.getTime() ?? Infinity;
  }
}
