import type { Clock } from '../contracts/clock.js';

/** Lets somebody sleep until a time, and others wake him before. Rung while nobody sleeps, it ends the next sleep at once. */
export class Alarm {
  #hasRung = false;
  #wake: () => void = () => {};

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  /** Resolves then, when it is rung, or when a signal aborts. */
  async sleepUntil(until: Date, signals: readonly AbortSignal[]): Promise<void> {
    if (!this.#hasRung && !signals.some(({ aborted }) => aborted)) await this.#sleep(until, signals);
    this.#hasRung = false;
  }

  #sleep(until: Date, signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        this.#wake = () => {};
        for (const signal of signals) signal.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = this.clock.at(until, finish);
      this.#wake = finish;
      for (const signal of signals) signal.addEventListener('abort', finish, { once: true });
    });
  }
}
