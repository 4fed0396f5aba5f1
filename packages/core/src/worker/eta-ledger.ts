import type { Cancel, Clock } from '../contracts/clock.js';
import type { Request } from './request.js';

/** Messages that are held, unacknowledged, until their eta. */
export class EtaLedger {
  readonly #held = new Map<Request, Cancel>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#held.size;
  }

  hold(request: Request, eta: Date, release: (request: Request) => void): void {
    const cancel = this.clock.at(eta, () => {
      if (this.#held.delete(request)) release(request);
    });
    this.#held.set(request, cancel);
  }

  /** Calls every timer off and gives back what was held. */
  clear(): Request[] {
    const requests = [...this.#held.keys()];
    for (const cancel of this.#held.values()) cancel();
    this.#held.clear();
    return requests;
  }
}
