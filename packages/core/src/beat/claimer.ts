import { randomUUID } from 'node:crypto';
import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import { dueRunsOf } from './entry-due.js';
import type { DuePlan } from './plans.js';
import type { ScheduleEntry } from './schedule-entry.js';
import type { ScheduleStore } from './schedule-store.js';

export interface ClaimerDeps {
  readonly store: Pick<ScheduleStore, 'claim'>;
  readonly logger: Logger;
  /** `beatCronStartingDeadline` */
  readonly cronDeadline: number | null;
}

/** An entry that is due. */
export interface Due {
  readonly entry: ScheduleEntry;
  readonly plan: DuePlan;
}

/** What is ours of the due times of one entry; nothing where another beat has claimed them. */
export interface Claimed extends Due {
  readonly runs: readonly Claim[];
  /** Too late to be sent. */
  readonly missed: Claim | undefined;
}

/** Turns due times into claims, by the policy of each entry. */
export class Claimer {
  readonly #deps: ClaimerDeps;

  constructor(deps: ClaimerDeps) {
    this.#deps = deps;
  }

  /** All in one claim. An entry whose schedule fails is left out. @throws LeaseLost, and what the store throws: nothing is claimed then */
  async claim(due: readonly Due[], now: Date, fence: string): Promise<Claimed[]> {
    const wanted = due.map((one) => this.#wanted(one, now));
    const all = wanted.flatMap(({ runs, missed }) => (missed ? [missed] : runs));
    const ours = new Map(
      all.length > 0 ? (await this.#deps.store.claim(all, fence, now)).map((claim) => [keyOf(claim), claim]) : [],
    );
    return wanted.map(({ runs, missed, ...one }) => ({
      ...one,
      runs: runs.flatMap((claim) => ours.get(keyOf(claim)) ?? []),
      missed: missed && ours.get(keyOf(missed)),
    }));
  }

  #wanted({ entry, plan }: Due, now: Date): Claimed {
    const claimOf = (dueAt: Date): Claim => ({ name: entry.name, dueAt, taskId: randomUUID() });
    try {
      const { runs, missed } = dueRunsOf(entry, new Date(plan.dueAt), now, this.#deps.cronDeadline);
      return { entry, plan, runs: runs.map(claimOf), missed: missed && claimOf(missed) };
    } catch (error) {
      this.#deps.logger.error(`beat: ${entry.name} is not sent, for its schedule failed: ${reasonOf(error)}`);
      return { entry, plan, runs: [], missed: undefined };
    }
  }
}

const keyOf = ({ name, dueAt }: Claim): string => `${dueAt.getTime()} ${name}`;
