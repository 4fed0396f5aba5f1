import type { Session } from '../contracts/broker.js';

/** AMQP counts in 16 bits; more than that means no limit. */
const MOST = 65_535;

/** The one owner of the prefetch number: a base, and one more for each message that is held for its eta. */
export class Qos {
  #held = 0;
  #session: Session | undefined;
  #applied = -1;
  #pending = false;

  /** @param base 0 = no limit */
  constructor(readonly base: number) {}

  get count(): number {
    const count = this.base + this.#held;
    return this.base === 0 || count > MOST ? 0 : count;
  }

  /** A new channel starts with nothing held. */
  async attach(session: Session): Promise<void> {
    this.#session = session;
    this.#held = 0;
    this.#applied = this.count;
    await session.setPrefetch(this.#applied);
  }

  detach(): void {
    this.#session = undefined;
  }

  increment(): void {
    this.#held++;
    this.#schedule();
  }

  decrement(): void {
    this.#held = Math.max(0, this.#held - 1);
    this.#schedule();
  }

  /** Many changes of one turn of the loop go out as one. */
  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      this.#apply();
    });
  }

  #apply(): void {
    const count = this.count;
    if (!this.#session || count === this.#applied) return;
    this.#applied = count;
    // a channel that has gone reports it through onLost; the next one gets the number from attach()
    this.#session.setPrefetch(count).catch(() => undefined);
  }
}
