import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { LeaseStore } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';

/** Milliseconds that a lease lasts without being renewed: how long a beat that was killed is missed. */
const LEASE_MS = 10_000;
/** Renewals within the time of a lease. */
const RENEWALS = 3;
/** What a leader stops sooner than its lease ends: clocks do not tick alike. */
const MARGIN_MS = 1_000;
/** Between two looks whether the lease is free. */
const STANDBY_MS = 1_000;

/** The time in which a beat leads. */
export interface Term {
  readonly fence: string;
  /** Aborts when it is over. */
  readonly over: AbortSignal;
  /** Nobody else can lead yet: also known by a process that slept through the end of its lease. */
  isValid(): boolean;
  /** Lets others lead. */
  end(): Promise<void>;
}

/** Where there is one beat only. */
export const ENDLESS_TERM: Term = {
  fence: '0',
  over: new AbortController().signal,
  isValid: () => true,
  end: async () => {},
};

export interface LeadershipDeps {
  readonly leases: LeaseStore;
  /** Names this beat to people: host and process. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds. @default 10000 */
  readonly leaseMs?: number | undefined;
}

/** One of several beats leads, the others stand by. */
export class Leadership {
  readonly #deps: LeadershipDeps;
  #hasSaidWho: string | undefined;

  constructor(deps: LeadershipDeps) {
    this.#deps = deps;
  }

  /** Tries once. @throws what the store throws */
  async tryToLead(): Promise<Term | undefined> {
    const { leases, owner, clock, logger, leaseMs = LEASE_MS } = this.#deps;
    const asked = clock.monotonic();
    const answer = await leases.acquire(owner, leaseMs);
    if ('fence' in answer) {
      this.#hasSaidWho = undefined;
      return new LeasedTerm(answer.fence, asked, this.#deps);
    }
    if (this.#hasSaidWho !== answer.heldBy) logger.log(`beat: Standing by, ${answer.heldBy} leads.`);
    this.#hasSaidWho = answer.heldBy;
    return undefined;
  }

  /** Waits for its turn; undefined when it was told to quit. */
  async lead(quit: AbortSignal): Promise<Term | undefined> {
    const { clock, logger } = this.#deps;
    for (let isAway = false; !quit.aborted; await clock.sleep(STANDBY_MS, quit).catch(() => {})) {
      try {
        const term = await this.tryToLead();
        if (term && quit.aborted) await term.end();
        else if (term) return term;
        isAway = false;
      } catch (error) {
        if (!isAway) logger.error(`beat: cannot ask for the lease, trying again: ${reasonOf(error)}`);
        isAway = true;
      }
    }
    return undefined;
  }
}

/** Renews its lease until it is lost or let go. */
class LeasedTerm implements Term {
  readonly fence: string;
  readonly #deps: LeadershipDeps;
  readonly #leaseMs: number;
  readonly #over = new AbortController();
  readonly #renewing: Promise<void>;
  /** When the lease was last surely ours, by the monotonic clock. */
  #held: number;
  /** The last renewal failed. */
  #isShaky = false;

  constructor(fence: string, held: number, deps: LeadershipDeps) {
    this.fence = fence;
    this.#held = held;
    this.#deps = deps;
    this.#leaseMs = deps.leaseMs ?? LEASE_MS;
    this.#renewing = this.#renew();
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  isValid(): boolean {
    return !this.over.aborted && this.#deps.clock.monotonic() < this.#held + this.#leaseMs - MARGIN_MS;
  }

  async end(): Promise<void> {
    const { leases, logger } = this.#deps;
    this.#over.abort();
    await this.#renewing;
    await leases.release(this.fence).catch((error: unknown) => {
      logger.warn(`beat: the lease could not be given back, others wait until it runs out: ${reasonOf(error)}`);
    });
  }

  async #renew(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.over.aborted) {
      await clock.sleep(this.#isShaky ? STANDBY_MS : Math.round(this.#leaseMs / RENEWALS), this.over).catch(() => {});
      if (!this.over.aborted) await this.#renewOnce();
    }
  }

  async #renewOnce(): Promise<void> {
    const { leases, clock, logger } = this.#deps;
    const asked = clock.monotonic();
    try {
      if (!(await leases.renew(this.fence, this.#leaseMs))) return this.#over.abort();
      this.#held = asked;
      this.#isShaky = false;
    } catch (error) {
      if (!this.#isShaky) logger.warn(`beat: the lease cannot be renewed just now: ${reasonOf(error)}`);
      this.#isShaky = true;
      if (!this.isValid()) this.#over.abort();
    }
  }
}
