import type { Clock } from '../contracts/clock.js';
import type { LeaseStore } from '../contracts/periodic-tasks.js';
import { LeaseLost } from '../errors/schedule-errors.js';
import { fromNow } from '../time/from-now.js';

interface Lease {
  readonly owner: string;
  readonly fence: string;
  readonly until: Date;
}

/** Who leads, among the beats of one `memory://` name. */
export class MemoryLeases implements LeaseStore {
  readonly #clock: Clock;
  #lastFence = 0;
  #lease: Lease | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire(owner: string, ttlMs: number): ReturnType<LeaseStore['acquire']> {
    const lease = this.#lease;
    if (lease && lease.owner !== owner && lease.until > this.#clock.now()) {
      return { heldBy: lease.owner, until: lease.until };
    }
    const fence = lease?.owner === owner ? lease.fence : String((this.#lastFence += 1));
    this.#lease = { owner, fence, until: fromNow(this.#clock, ttlMs) };
    return { fence };
  }

  async renew(fence: string, ttlMs: number): Promise<boolean> {
    if (this.#lease?.fence !== fence) return false;
    this.#lease = { ...this.#lease, until: fromNow(this.#clock, ttlMs) };
    return true;
  }

  async release(fence: string): Promise<void> {
    if (this.#lease?.fence === fence) this.#lease = undefined;
  }

  /** @throws LeaseLost when the lease has changed hands, or was let go. One that has run out is its last holder's until another takes it. */
  check(fence: string): void {
    if (this.#lease?.fence === fence) return;
    throw new LeaseLost(`The lease with the fence ${fence} is lost: ${this.#holder()}. Acquire it anew.`);
  }

  #holder(): string {
    return this.#lease ? `'${this.#lease.owner}' has taken it` : 'it was let go';
  }
}
