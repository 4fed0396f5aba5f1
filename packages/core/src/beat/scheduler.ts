import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Claim, SettledRun } from '../contracts/periodic-tasks.js';
import { hasCode } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import { Agenda } from './agenda.js';
import type { Slot } from './agenda.js';
import type { Claimed, Claimer, Due } from './claimer.js';
import type { Term } from './leadership.js';
import { busyPlan, retryPlan, sendPlan } from './plans.js';
import type { DuePlan, Plan, SendPlan } from './plans.js';
import type { Attempt, RunSender } from './run-sender.js';
import type { EditedEntries, ScheduleStore } from './schedule-store.js';
import type { Settlements } from './settlements.js';

export interface SchedulerDeps {
  readonly store: Pick<ScheduleStore, 'load' | 'retire'>;
  readonly claimer: Pick<Claimer, 'claim'>;
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

  /** Plans the entries of the store, in place of those planned before, and what was claimed and not marked. @throws what the store throws. */
  async load(now: Date): Promise<void> {
    const orphans = this.#agenda.load(await this.#deps.store.load(now), now);
    this.#cancel(orphans, now);
  }

  /** Takes over what was edited: a run that is under way ends as it began. */
  edit(edited: EditedEntries, now: Date): void {
    this.#cancel(this.#agenda.edit(edited, now), now);
  }

  /** Forgets everything, once what is being published has been. */
  async end(): Promise<void> {
    this.#agenda.clear();
    await Promise.all(this.#underWay);
  }

  /** Claims all that is due and begins to send it; returns when to be called again, undefined when nothing is planned. @throws LeaseLost */
  async tick(now: Date, term: Term): Promise<Date | undefined> {
    const plans = this.#agenda.popUntil(now, MOST_AT_ONCE - this.#underWay.size);
    const due = plans.filter((plan): plan is DuePlan => plan.what === 'due');
    const claimed = due.length > 0 ? await this.#claim(due, now, term) : [];
    for (const plan of plans) this.#begin(plan, term);
    for (const one of claimed) this.#dispose(one, now, term);
    return this.#agenda.nextTime;
  }

  async #claim(plans: readonly DuePlan[], now: Date, term: Term): Promise<Claimed[]> {
    const due: Due[] = plans.flatMap((plan) => {
      const entry = this.#agenda.slot(plan.name)?.entry;
      return entry ? [{ entry, plan }] : [];
    });
    try {
      const claimed = await this.#deps.claimer.claim(due, now, term.fence);
      this.#isAway = false;
      return claimed;
    } catch (error) {
      for (const plan of plans) this.#agenda.plan({ ...plan, at: now.getTime() + CLAIM_AGAIN });
      if (hasCode(error, 'LEASE_LOST')) throw error;
      if (!this.#isAway)
        this.#deps.logger.error(`beat: what is due cannot be claimed, trying again: ${reasonOf(error)}`);
      this.#isAway = true;
      return [];
    }
  }

  #begin(plan: Plan, term: Term): void {
    if (plan.what === 'send') this.#send(plan, term);
    else if (plan.what === 'end') this.#retire(plan.name);
  }

  #dispose({ plan, runs, missed }: Claimed, now: Date, term: Term): void {
    if (missed) this.#miss(missed, now);
    if (runs.length > 0) this.#send(sendPlan(plan.name, runs, now), term);
    else this.#agenda.planAfter(plan.name, new Date(plan.dueAt), now);
  }

  #miss(claim: Claim, now: Date): void {
    const reason = `overdue by ${Math.round((now.getTime() - claim.dueAt.getTime()) / 1000)} s`;
    this.#deps.logger.warn(`beat: ${claim.name} was due at ${claim.dueAt.toISOString()} and is left out: ${reason}.`);
    this.#deps.settlements.add({ ...claim, status: 'missed', at: now, reason });
  }

  #send(plan: SendPlan, term: Term): void {
    const slot = this.#agenda.slot(plan.name);
    if (!slot) return this.#cancel(plan.claims, this.#deps.clock.now());
    slot.isSending = true;
    const sending = this.#sendAll(slot, plan, term).finally(() => {
      this.#underWay.delete(sending);
      this.#deps.wake();
    });
    this.#underWay.add(sending);
  }

  /** One after the other, as they were due. */
  async #sendAll(slot: Slot, plan: SendPlan, term: Term): Promise<void> {
    const { clock, sender } = this.#deps;
    for (const [index, claim] of plan.claims.entries()) {
      const sent = slot.entry;
      const attempt = await sender.attempt(sent, claim, term);
      if (attempt.kind === 'later' || attempt.kind === 'busy') {
        return this.#tryAgain(slot, { ...plan, claims: plan.claims.slice(index) }, attempt.kind);
      }
      this.#deps.settlements.add(this.#settled(slot, sent, claim, attempt));
    }
    slot.isSending = false;
    if (!this.#agenda.has(slot)) return;
    if (slot.entry.oneOff) this.#agenda.remove(plan.name);
    else this.#agenda.planAfter(plan.name, slot.entry.since, clock.now());
  }

  #tryAgain(slot: Slot, plan: SendPlan, kind: 'later' | 'busy'): void {
    const now = this.#deps.clock.now();
    slot.isSending = false;
    const [first] = plan.claims;
    if (kind === 'busy') return this.#agenda.plan(busyPlan(plan, now));
    this.#agenda.plan(retryPlan(plan, now, first && this.#agenda.dueAfter(slot.entry, first.dueAt, now)));
  }

  #settled(
    slot: Slot,
    sent: Slot['entry'],
    claim: Claim,
    attempt: Exclude<Attempt, { kind: 'later' | 'busy' }>,
  ): SettledRun {
    const { dueAt, taskId } = claim;
    if (attempt.kind !== 'sent') {
      slot.entry = slot.entry.from(dueAt);
      return { ...claim, status: attempt.kind, at: attempt.at, reason: attempt.reason };
    }
    const next = this.#agenda.ran(slot, sent, { dueAt, taskId, at: attempt.at });
    const { rowId, oneOff } = slot.entry;
    const entry = { rowId, schedule: sent.schedule.describe(), nextRunAt: next ?? null, isOver: oneOff };
    return { ...claim, status: 'sent', at: attempt.at, entry };
  }

  #cancel(claims: readonly Claim[], now: Date): void {
    for (const claim of claims) {
      this.#deps.settlements.add({ ...claim, status: 'cancelled', at: now, reason: 'the entry is gone' });
    }
  }

  #retire(name: string): void {
    const { store, logger } = this.#deps;
    const entry = this.#agenda.slot(name)?.entry;
    this.#agenda.remove(name);
    if (!entry) return;
    logger.log(`beat: ${name} has expired and is disabled.`);
    store.retire(entry).catch((error: unknown) => {
      logger.error(`beat: ${name} has expired and cannot be disabled: ${reasonOf(error)}`);
    });
  }
}
