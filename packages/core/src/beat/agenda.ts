import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import { nextDueOf } from '../periodic-tasks/next-due.js';
import { dueTimeAfter, sendTimeOf } from './entry-due.js';
import { EntryHeap } from './entry-heap.js';
import { claimsOf, sendPlan } from './plans.js';
import type { Plan, SendPlan } from './plans.js';
import type { EntryRun, ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries, LoadedSchedule } from './schedule-store.js';

/** An entry's place in the agenda: only the agenda changes it. */
export interface Slot {
  readonly entry: ScheduleEntry;
  /** Its plan was taken, and is being carried out: until that is dealt with there is no other. */
  readonly isBusy: boolean;
}

interface OwnSlot extends Slot {
  entry: ScheduleEntry;
  isBusy: boolean;
}

/** A plan that is to be carried out now. */
export interface Taken {
  readonly slot: Slot;
  readonly plan: Plan;
}

/**
 * Every entry, and what is to be done next for each: the one place where plans are made. Whoever takes a plan brings its slot back, with
 * `putBack`, `advance` or `drop`. Claims whose entry has gone are given back, to be cancelled.
 */
export class Agenda {
  readonly #heap = new EntryHeap<Plan>();
  readonly #slots = new Map<string, OwnSlot>();

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
      const claims = open.get(entry.name);
      open.delete(entry.name);
      this.#slots.set(entry.name, { entry, isBusy: false });
      if (claims) this.#heap.set(sendPlan(entry.name, claims, now));
      else this.#planNext(entry, now);
    }
    return [...open.values()].flat();
  }

  /** @returns claims that waited for an entry that has gone */
  edit({ upserted, removed }: EditedEntries, now: Date): readonly Claim[] {
    const left = removed.flatMap((name) => this.#remove(name));
    const orphans = upserted.flatMap((entry) => this.#upsert(entry, left, now));
    return [...left.flatMap(({ claims }) => claims), ...orphans];
  }

  clear(): void {
    this.#heap.clear();
    this.#slots.clear();
  }

  /** Whether it is still the slot of its entry, which may have been deleted, and made again, meanwhile. */
  has(slot: Slot): boolean {
    return this.#slots.get(slot.entry.name) === slot;
  }

  /** Takes out what is to be done by now, the earliest first. */
  take(now: Date, limit: number): Taken[] {
    return this.#heap.popUntil(now, limit).flatMap((plan) => {
      const slot = this.#slots.get(plan.name);
      if (!slot) return [];
      slot.isBusy = true;
      return [{ slot, plan }];
    });
  }

  /** A plan that could not be carried out, for later. @returns claims of it, where the entry has gone */
  putBack({ slot, plan }: Taken): readonly Claim[] {
    const own = this.#own(slot);
    if (!own) return claimsOf(plan);
    own.isBusy = false;
    this.#heap.set(plan);
    return [];
  }

  /** Notes a run that was sent as `sent` was: an edit of the schedule since then counts from now. @returns when it is due next */
  ran(slot: Slot, sent: ScheduleEntry, run: EntryRun): Date | undefined {
    const ran = slot.entry.ran(run);
    const entry = ran.schedule.equals(sent.schedule) ? ran : ran.from(run.at);
    const own = this.#own(slot);
    if (own) own.entry = entry;
    return this.#dueAfter(entry, run.at);
  }

  /** Notes a due time that was left out. */
  passed(slot: Slot, dueAt: Date): void {
    const own = this.#own(slot);
    if (own) own.entry = own.entry.passed(dueAt);
  }

  /** What was taken is dealt with: plans what follows. */
  advance(slot: Slot, now: Date): void {
    const own = this.#own(slot);
    if (!own) return;
    own.isBusy = false;
    const { misfire, overlap } = own.entry.policy;
    // a late run stands for all due times up to now, unless each of them is to be sent
    if (misfire === 'fire-all' && overlap !== 'buffer-one') this.#planNext(own.entry, now);
    else this.#plan(own.entry, this.#dueAfter(own.entry, now), now);
  }

  /** Its time is over. */
  drop(slot: Slot): void {
    if (this.has(slot)) this.#remove(slot.entry.name);
  }

  /** The due time that follows `dueAt`; none of a schedule that fails. */
  dueAfter({ entry }: Slot, dueAt: Date, now: Date): Date | undefined {
    return this.#guard(entry, () => dueTimeAfter(entry, dueAt, now));
  }

  #own(slot: Slot): OwnSlot | undefined {
    return this.has(slot) ? (slot as OwnSlot) : undefined;
  }

  #remove(name: string): Left[] {
    const slot = this.#slots.get(name);
    const plan = this.#heap.delete(name);
    this.#slots.delete(name);
    return slot ? [{ slot, claims: claimsOf(plan) }] : [];
  }

  /** @returns claims of another entry that had the name */
  #upsert(entry: ScheduleEntry, left: readonly Left[], now: Date): readonly Claim[] {
    const slot = this.#slots.get(entry.name);
    if (slot?.entry.rowId === entry.rowId && slot) {
      slot.entry = slot.entry.edited(entry, now);
      if (!slot.isBusy && claimsOf(this.#heap.get(entry.name)).length === 0) this.#planNext(slot.entry, now);
      return [];
    }
    const others = this.#remove(entry.name);
    const made = renamed(entry, left, now);
    this.#slots.set(entry.name, { entry: made, isBusy: false });
    this.#planNext(made, now);
    return others.flatMap(({ claims }) => claims);
  }

  #planNext(entry: ScheduleEntry, now: Date): void {
    this.#plan(
      entry,
      this.#guard(entry, () => nextDueOf(entry)),
      now,
    );
  }

  #dueAfter(entry: ScheduleEntry, now: Date): Date | undefined {
    return this.#guard(entry, () => dueTimeAfter(entry, entry.since, now));
  }

  #plan(entry: ScheduleEntry, dueAt: Date | undefined, now: Date): void {
    const { name, expires } = entry;
    if (dueAt) this.#heap.set({ what: 'due', name, at: sendTimeOf(entry, dueAt), dueAt: dueAt.getTime() });
    else if (expires) this.#heap.set({ what: 'end', name, at: Math.max(expires.getTime(), now.getTime()) });
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

/** A slot that was taken out, and claims that waited in it. */
interface Left {
  readonly slot: Slot;
  readonly claims: readonly Claim[];
}

/** A row that had another name goes on where it was; but while a run of it is under way, whose due time is that of the old name, it counts from now. */
function renamed(entry: ScheduleEntry, left: readonly Left[], now: Date): ScheduleEntry {
  const before = left.find(({ slot }) => entry.rowId !== undefined && slot.entry.rowId === entry.rowId);
  if (!before) return entry;
  const edited = before.slot.entry.edited(entry, now);
  return before.slot.isBusy || before.claims.length > 0 ? edited.passed(now) : edited;
}

function byName(claims: readonly Claim[]): Map<string, SendPlan['claims']> {
  const found = new Map<string, Claim[]>();
  for (const claim of claims) found.set(claim.name, [...(found.get(claim.name) ?? []), claim]);
  return found;
}
