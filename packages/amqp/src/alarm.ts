import type { Cancel, Clock } from '@nestjs-celery/core';

/** One timer for any number of deadlines: it rings at the earliest, and its owner says when to ring next. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (now: number) => number | undefined;
  #due = Infinity;
  #cancel: Cancel | undefined;

  /** @param ring deals with what is due at `now` (monotonic) and returns the next deadline, if there is one. */
  constructor(clock: Clock, ring: (now: number) => number | undefined) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `deadline` at the latest. */
  set(deadline: number): void {
    if (deadline >= this.#due) return;
    this.clear();
    this.#due = deadline;
    const wait = Math.max(0, Math.ceil(deadline - this.#clock.monotonic()));
    this.#cancel = this.#clock.at(new Date(this.#clock.now().getTime() + wait), () => this.#onTime());
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = Infinity;
  }

  #onTime(): void {
    this.clear();
    const next = this.#ring(this.#clock.monotonic());
    if (next !== undefined) this.set(next);
  }
}
