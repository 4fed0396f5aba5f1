/**
 * Tells when acknowledgements are on their way: a broker writes them together, within two turns of the event loop.
 * All that are sent in one go wait for one promise, as tasks start by the dozen.
 */
export class WrittenAcks {
  #now: Promise<void> | undefined;

  /** Resolves when what was acknowledged up to now is written. */
  written(): Promise<void> {
    if (this.#now) return this.#now;
    const written = twoTurns();
    this.#now = written;
    process.nextTick(() => (this.#now = undefined));
    return written;
  }
}

async function twoTurns(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
