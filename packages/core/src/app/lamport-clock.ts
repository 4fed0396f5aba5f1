/** A logical clock: orders what several nodes do, without any time. kombu's `LamportClock`; Celery's `app.clock`. */
export class LamportClock {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** Something happens here: the new value goes into the message that tells of it. */
  forward(): number {
    return ++this.#value;
  }

  /** A message came: what happens here from now on happens after it. What is no number of a clock is left out. */
  adjust(other: number): number {
    const known = Number.isSafeInteger(other) ? other : 0;
    this.#value = Math.max(this.#value, known) + 1;
    return this.#value;
  }
}
