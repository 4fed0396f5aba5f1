import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import { followingDueOf, nextDueOf, sendTimeOf } from './entry-due.js';
import { EntryHeap } from './entry-heap.js';
import { sendPlan } from './plans.js';
import type { Plan, SendPlan } from './plans.js';
import type { EntryRun, ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries, LoadedSchedule } from './schedule-store.js';

/** An entry of the agenda. It has no plan while a run of it is being sent. */
export interface Slot {
  entry: ScheduleEntry;
  isSending: boolean;
}

/** Every entry, and what is to be done next for each: the one place where plans are made. Claims whose entry has gone are given back. */
export class Agenda {
  readonly #heap = new EntryHeap<Plan>();
  readonly #slots = new Map<string, Slot>();

  constructor(private readonly logger: Logger) {}

  get size(): number {
    return this.#slots.size;
  }

  /** When there is something to do next. */
  get nextTime(): Date | undefined {
    const first = this.#heap.peek();
    return first && new Date(first.at);
  }

  /** In place of all that there was. @returns claims that belong to no entry */
  load({ entries, unfinished }: LoadedSchedule, now: Date): readonly Claim[] {
    this.clear();
    const open = byName(unfinished);
    for (const entry of entries) {
      this.#slots.set(entry.name, { entry, isSending: false });
      const claims = open.get(entry.name);
      open.delete(entry.name);
      if (claims) this.#heap.set(sendPlan(entry.name, claims, now));
      else this.planNext(entry.name, now);
    }
    return [...open.values()].flat();
  }

  /** @returns claims that waited for an entry that has gone */
  edit({ upserted, removed }: EditedEntries, now: Date): readonly Claim[] {
    for (const entry of upserted) this.#upsert(entry, now);
    return removed.flatMap((name) => this.remove(name));
  }

  /** @returns claims that waited for it */
  remove(name: string): readonly Claim[] {
    this.#slots.delete(name);
    const plan = this.#heap.delete(name);
    return plan?.what === 'send' ? plan.claims : [];
  }

  clear(): void {
    this.#heap.clear();
    this.#slots.clear();
  }

  slot(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /** Whether it is still the slot of its entry, which may have been deleted, and made again, meanwhile. */
  has(slot: Slot): boolean {
    return this.#slots.get(slot.entry.name) === slot;
  }

  popUntil(now: Date, limit: number): Plan[] {
    return this.#heap.popUntil(now, limit);
  }

  plan(plan: Plan): void {
    if (this.#slots.has(plan.name)) this.#heap.set(plan);
  }

  /** Plans the first due time of an entry; one whose time is over ends. */
  planNext(name: string, now: Date): void {
    this.#planDue(name, (entry) => nextDueOf(entry), now);
  }

  /** Plans the due time that follows one that was dealt with at `now`. */
  planAfter(name: string, dueAt: Date, now: Date): void {
    this.#planDue(name, (entry) => followingDueOf(entry, dueAt, now), now);
  }

  /** Notes a run that was sent as `sent` was: an edit of the schedule since then counts from now. @returns when it is due next */
  ran(slot: Slot, sent: ScheduleEntry, run: EntryRun): Date | undefined {
    const ran = slot.entry.ran(run);
    slot.entry = ran.schedule.equals(sent.schedule) ? ran : ran.from(run.at);
    return this.dueAfter(slot.entry, slot.entry.since, run.at);
  }

  /** The due time to follow; none for a schedule that fails. */
  dueAfter(entry: ScheduleEntry, dueAt: Date, now: Date): Date | undefined {
    return this.#guard(entry, () => followingDueOf(entry, dueAt, now));
  }

  #upsert(entry: ScheduleEntry, now: Date): void {
    const slot = this.#slots.get(entry.name);
    if (!slot) {
      this.#slots.set(entry.name, { entry, isSending: false });
      return this.planNext(entry.name, now);
    }
    slot.entry = slot.entry.edited(entry, now);
    const waits = slot.isSending || this.#heap.get(entry.name)?.what === 'send';
    if (!waits) this.planNext(entry.name, now);
  }

  #planDue(name: string, find: (entry: ScheduleEntry) => Date | undefined, now: Date): void {
    const entry = this.#slots.get(name)?.entry;
    if (!entry) return;
    const dueAt = this.#guard(entry, () => find(entry));
    if (dueAt) this.#heap.set({ what: 'due', name, at: sendTimeOf(entry, dueAt), dueAt: dueAt.getTime() });
    else if (entry.expires) this.#heap.set({ what: 'end', name, at: Math.max(entry.expires.getTime(), now.getTime()) });
    else this.#heap.delete(name);
  }

  /** A schedule may be the user's own: an error of it ends its entry, and no other. */
  #guard(entry: ScheduleEntry, find: () => Date | undefined): Date | undefined {
    try {
      return find();
    } catch (error) {
      this.logger.error(`beat: ${entry.name} has no next run, for its schedule failed: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

function byName(claims: readonly Claim[]): Map<string, SendPlan['claims']> {
  const found = new Map<string, Claim[]>();
  for (const claim of claims) found.set(claim.name, [...(found.get(claim.name) ?? []), claim]);
  return found;
}
