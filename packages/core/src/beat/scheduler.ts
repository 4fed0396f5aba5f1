import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Claim, SettledRun } from '../contracts/periodic-tasks.js';
import { hasCode } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import { Agenda } from './agenda.js';
import type { Slot, Taken } from './agenda.js';
import type { Claimed, Claimer, Due } from './claimer.js';
import type { Term } from './leadership.js';
import { busyPlan, retryPlan, sendPlan } from './plans.js';
import type { SendPlan } from './plans.js';
import type { Attempt, RunSender } from './run-sender.js';
import type { ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries, ScheduleStore } from './schedule-store.js';
import type { Settlements } from './settlements.js';

export interface SchedulerDeps {
  readonly store: Pick<ScheduleStore, 'load' | 'retire'>;
  readonly claimer: Pick<Claimer, 'offer' | 'claim'>;
  readonly sender: Pick<RunSender, 'attempt'>;
  readonly settlements: Pick<Settlements, 'add'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something was planned outside of a tick: it may be the next to come. */
  readonly wake: () => void;
}

/** Runs that are being published at a time; what is due beyond that waits for its turn. */
const MOST_AT_ONCE = 1000;
/** Milliseconds until the next attempt to claim, while the store is away. */
const CLAIM_AGAIN = 1000;

/**
 * Knows what is due, claims it, has it sent, and says when to be called next; never sleeps. Each run goes claim → publish → mark,
 * and its id is that of the claim: whoever finds a claim that was never marked sends it once more under the same id.
 *
 * A due time follows from the due time before it, so that an interval does not drift; Celery's counts from when the task was sent,
 * and drifts by the delay of each tick. A publish that fails is tried again as the same run; Celery gives that run up.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #agenda: Agenda;
  readonly #underWay = new Set<Promise<void>>();
  #isAway = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#agenda = new Agenda(deps.logger);
  }

  /** Entries in the agenda. */
  get size(): number {
    return this.#agenda.size;
  }

  /** Runs are being published; each of them will be planned anew. */
  get isSending(): boolean {
    return this.#underWay.size > 0;
  }

  /** Plans the entries of the store, in place of those planned before, and what was claimed and not marked. @throws LeaseLost, what the store throws */
  async load(now: Date, fence: string): Promise<void> {
    const orphans = this.#agenda.load(await this.#deps.store.load(now, fence), now);
    this.#cancel(orphans);
  }

  /** Takes over what was edited: a run that is under way ends as it began. */
  edit(edited: EditedEntries, now: Date): void {
    this.#cancel(this.#agenda.edit(edited, now));
  }

  /** Forgets everything, once what is being published has been. */
  async end(): Promise<void> {
    this.#agenda.clear();
    await Promise.all(this.#underWay);
  }

  /**
   * Claims all that is due and begins to send it; returns when to be called again. Undefined: when somebody wakes the caller, for nothing is
   * planned, or nothing more can be sent at a time. @throws LeaseLost
   */
  async tick(now: Date, term: Term): Promise<Date | undefined> {
    const room = MOST_AT_ONCE - this.#underWay.size;
    if (room <= 0) return undefined;
    const due: Due[] = [];
    for (const { slot, plan } of this.#agenda.take(now, room)) {
      if (plan.what === 'due') due.push({ slot, plan });
      else if (plan.what === 'send') this.#send(slot, plan, term);
      else this.#retire(slot);
    }
    if (due.length > 0) await this.#claim(due, now, term);
    return this.#agenda.nextTime;
  }

  async #claim(due: readonly Due[], now: Date, term: Term): Promise<void> {
    const { claimer } = this.#deps;
    const offers = due.map((one) => claimer.offer(one, now));
    const claimed = await claimer.claim(offers, now, term.fence).catch((error: unknown) => {
      this.#unclaimed(offers, now, error);
    });
    if (!claimed) return;
    this.#isAway = false;
    for (const one of claimed) this.#begin(one, now, term);
  }

  /** Whether anything was claimed is not known: the same is asked for again. @throws LeaseLost */
  #unclaimed(offers: readonly Claimed[], now: Date, error: unknown): void {
    for (const { slot, plan, claims } of offers) {
      this.#putBack({ slot, plan: { ...plan, at: now.getTime() + CLAIM_AGAIN, offered: claims } });
    }
    if (hasCode(error, 'LEASE_LOST')) throw error;
    const { logger } = this.#deps;
    if (!this.#isAway) logger.error(`beat: what is due cannot be claimed, trying again: ${reasonOf(error)}`);
    this.#isAway = true;
  }

  #begin({ slot, plan, claims }: Claimed, now: Date, term: Term): void {
    if (claims.length > 0) return this.#send(slot, sendPlan(plan.name, claims, now), term);
    this.#agenda.passed(slot, new Date(plan.dueAt));
    this.#agenda.advance(slot, now);
  }

  #send(slot: Slot, plan: SendPlan, term: Term): void {
    if (!this.#agenda.has(slot)) return this.#cancel(plan.claims);
    const sending = this.#sendAll(slot, plan, term)
      .catch((error: unknown) => this.#broken(slot, error))
      .finally(() => {
        this.#underWay.delete(sending);
        this.#deps.wake();
      });
    this.#underWay.add(sending);
  }

  /** One after the other, as they were due. */
  async #sendAll(slot: Slot, plan: SendPlan, term: Term): Promise<void> {
    const { clock, sender, settlements } = this.#deps;
    for (const [index, claim] of plan.claims.entries()) {
      const sent = slot.entry;
      const attempt = await sender.attempt(sent, claim, term);
      if (attempt.kind === 'later' || attempt.kind === 'busy') {
        return this.#tryAgain(slot, { ...plan, claims: plan.claims.slice(index) }, attempt.kind);
      }
      settlements.add(this.#settled(slot, sent, claim, attempt));
    }
    if (slot.entry.oneOff) this.#agenda.drop(slot);
    else this.#agenda.advance(slot, clock.now());
  }

  #tryAgain(slot: Slot, plan: SendPlan, kind: 'later' | 'busy'): void {
    const now = this.#deps.clock.now();
    const [first] = plan.claims;
    const nextDue = first && this.#agenda.dueAfter(slot, first.dueAt, now);
    this.#putBack({ slot, plan: kind === 'busy' ? busyPlan(plan, now) : retryPlan(plan, now, nextDue) });
  }

  #putBack(taken: Taken): void {
    this.#cancel(this.#agenda.putBack(taken));
  }

  /** What is kept is what was sent, whatever has become of its row since. A one-off is over, however its one run ended. */
  #settled(
    slot: Slot,
    sent: ScheduleEntry,
    claim: Claim,
    attempt: Exclude<Attempt, { kind: 'later' | 'busy' }>,
  ): SettledRun {
    const { dueAt, taskId } = claim;
    const { rowId, oneOff: isOver } = sent;
    const schedule = sent.schedule.describe();
    if (attempt.kind === 'sent') {
      const next = this.#agenda.ran(slot, sent, { dueAt, taskId, at: attempt.at });
      return { ...claim, status: 'sent', at: attempt.at, entry: { rowId, schedule, nextRunAt: next ?? null, isOver } };
    }
    this.#agenda.passed(slot, dueAt);
    const run = { ...claim, status: attempt.kind, at: attempt.at, reason: attempt.reason };
    return isOver ? { ...run, entry: { rowId, schedule, nextRunAt: null, isOver } } : run;
  }

  #cancel(claims: readonly Claim[]): void {
    const { settlements, clock } = this.#deps;
    for (const claim of claims) {
      settlements.add({ ...claim, status: 'cancelled', at: clock.now(), reason: 'the entry is gone' });
    }
  }

  /** A schedule of the user's own may fail wherever it is asked: its entry ends, and no other. */
  #broken(slot: Slot, error: unknown): void {
    this.#deps.logger.error(
      `beat: ${slot.entry.name} is not sent any more, for its schedule failed: ${reasonOf(error)}`,
    );
    this.#agenda.drop(slot);
  }

  #retire(slot: Slot): void {
    const { store, logger } = this.#deps;
    const { entry } = slot;
    this.#agenda.drop(slot);
    logger.log(`beat: ${entry.name} has expired and is disabled.`);
    store.retire(entry).catch((error: unknown) => {
      logger.error(`beat: ${entry.name} has expired and cannot be disabled: ${reasonOf(error)}`);
    });
  }
}
