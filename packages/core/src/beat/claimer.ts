import { randomUUID } from 'node:crypto';
import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import type { Slot } from './agenda.js';
import { dueTimesOf } from './entry-due.js';
import type { DuePlan } from './plans.js';
import type { ScheduleStore } from './schedule-store.js';

export interface ClaimerDeps {
  readonly store: Pick<ScheduleStore, 'claim'>;
  readonly logger: Logger;
}

/** An entry that is due, taken out of the agenda. */
export interface Due {
  readonly slot: Slot;
  readonly plan: DuePlan;
}

/** An entry that is due, and the claims to ask for, or those that were got: none where another beat has them, or where there is nothing to send. */
export interface Claimed extends Due {
  readonly claims: readonly Claim[];
}

/** Turns due times into claims. */
export class Claimer {
  readonly #deps: ClaimerDeps;

  constructor(deps: ClaimerDeps) {
    this.#deps = deps;
  }

  /** What to ask for. An entry whose schedule fails asks for nothing. */
  offer({ slot, plan }: Due, now: Date): Claimed {
    const { name } = plan;
    try {
      const times = plan.offered ? [] : dueTimesOf(slot.entry, new Date(plan.dueAt), now);
      const claims = plan.offered ?? times.map((dueAt) => ({ name, dueAt, taskId: randomUUID() }));
      return { slot, plan, claims };
    } catch (error) {
      this.#deps.logger.error(`beat: ${name} is not sent, for its schedule failed: ${reasonOf(error)}`);
      return { slot, plan, claims: [] };
    }
  }

  /** All in one claim. @throws LeaseLost, and what the store throws: then it is not known whether anything is claimed, and to be asked again */
  async claim(offers: readonly Claimed[], now: Date, fence: string): Promise<Claimed[]> {
    const all = offers.flatMap(({ claims }) => claims);
    const got = all.length > 0 ? await this.#deps.store.claim(all, fence, now) : [];
    const ours = new Map(got.map((claim) => [keyOf(claim), claim]));
    return offers.map((offer) => ({
      ...offer,
      claims: offer.claims.flatMap((claim) => ours.get(keyOf(claim)) ?? []),
    }));
  }
}

const keyOf = ({ name, dueAt }: Claim): string => `${dueAt.getTime()} ${name}`;
