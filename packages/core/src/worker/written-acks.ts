/**
 * Tells when acknowledgements are on their way: a broker writes them together, within two turns of the event loop.
 * All that are sent in one go wait for one promise, as tasks start by the dozen.
 */
export class WrittenAcks {
  #now: Promise<void> | undefined;

  /** Resolves when what was acknowledged up to now is written. */
  written(): Promise<void> {
    this.#now ??= new Promise((resolve) => process.nextTick(() => this.#afterTwoTurns(resolve)));
    return this.#now;
  }

  /** From here on, who asks is too late for this one. */
  #afterTwoTurns(tell: () => void): void {
    this.#now = undefined;
    setImmediate(() => setImmediate(tell));
  }
}
