import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import { reasonOf } from '../errors/reason-of.js';
import { unlessAborted } from '../app/unless-aborted.js';
import { humanizeSeconds } from '../schedules/humanize-seconds.js';
import { fromNow } from '../time/from-now.js';
import { within } from '../time/within.js';
import type { Alarm } from './alarm.js';
import type { Term } from './leadership.js';
import type { EditedEntries, ScheduleStore } from './schedule-store.js';
import type { Scheduler } from './scheduler.js';
import type { Settlements } from './settlements.js';

/** Milliseconds that the end of a term waits for its runs to be marked; a store that is away longer has them sent again, under their ids. */
const MARK_WITHIN = 5_000;
/** Milliseconds between two looks for runs that are old enough to be forgotten. */
const PRUNE_EVERY = 600_000;

export interface ReignDeps {
  readonly scheduler: Pick<Scheduler, 'load' | 'tick' | 'edit' | 'end' | 'size' | 'isSending'>;
  readonly store: Pick<ScheduleStore, 'watch' | 'prune'>;
  readonly settlements: Pick<Settlements, 'idle'>;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The longest sleep, in seconds. */
  readonly maxInterval: number;
  /** `beatRunsExpire`, in seconds. */
  readonly runsExpire: number;
}

/** What a beat does from when it begins to lead until it no longer does. */
export class Reign {
  readonly #term: Term;
  readonly #deps: ReignDeps;
  #unwatch: () => Promise<void> = async () => {};
  /** Edits that came before the entries were loaded. */
  #early: EditedEntries[] | undefined = [];
  #prunedAt = -Infinity;
  #lastTick: Date | undefined;
  #nextTick: Date | undefined;

  constructor(term: Term, deps: ReignDeps) {
    this.#term = term;
    this.#deps = deps;
  }

  get lastTick(): Date | undefined {
    return this.#lastTick;
  }

  get nextTick(): Date | undefined {
    return this.#nextTick;
  }

  /**
   * Watches first and loads then, so that no edit falls between. What a term before has sent is marked first, or it would be found unfinished,
   * and sent again. @throws LeaseLost, what the store throws, the reason of what aborts while it waits
   */
  async begin(quit: AbortSignal): Promise<void> {
    const { store, scheduler, clock, settlements } = this.#deps;
    await unlessAborted(settlements.idle(), AbortSignal.any([quit, this.#term.over]));
    if (store.watch) this.#unwatch = await store.watch((edited) => this.#edit(edited));
    await scheduler.load(clock.now(), this.#term.fence);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const edited of early) this.#edit(edited);
  }

  /** Until it is to quit, or the term is over. @throws LeaseLost */
  async run(quit: AbortSignal): Promise<void> {
    const { scheduler, clock } = this.#deps;
    while (!quit.aborted && !this.#term.over.aborted) {
      this.#lastTick = clock.now();
      const next = await scheduler.tick(this.#lastTick, this.#term);
      this.#prune();
      await this.#sleepUntil(next, quit);
    }
  }

  /** What is being published is waited for, and until it is marked: another would send it again. Then another may lead. */
  async end(): Promise<void> {
    const { scheduler, settlements, clock } = this.#deps;
    await this.#unwatch();
    await scheduler.end();
    await within(fromNow(clock, MARK_WITHIN), clock, settlements.idle());
    await this.#term.end();
  }

  #edit(edited: EditedEntries): void {
    const { scheduler, clock, alarm, logger } = this.#deps;
    if (this.#early) return void this.#early.push(edited);
    logger.log('DatabaseScheduler: Schedule changed.');
    scheduler.edit(edited, clock.now());
    alarm.ring();
  }

  async #sleepUntil(next: Date | undefined, quit: AbortSignal): Promise<void> {
    const { clock, logger, alarm, maxInterval, scheduler } = this.#deps;
    const now = clock.now().getTime();
    const until = Math.min(next?.getTime() ?? Infinity, now + maxInterval * 1000);
    this.#nextTick = new Date(until);
    if (until > now && !scheduler.isSending) {
      logger.debug(`beat: Waking up in ${humanizeSeconds((until - now) / 1000)}.`);
    }
    await alarm.sleepUntil(this.#nextTick, [quit, this.#term.over]);
  }

  /** Beside what is due: nobody waits for it. */
  #prune(): void {
    const { store, clock, logger, runsExpire } = this.#deps;
    if (!store.prune || clock.monotonic() < this.#prunedAt + PRUNE_EVERY) return;
    this.#prunedAt = clock.monotonic();
    store.prune(new Date(clock.now().getTime() - runsExpire * 1000)).catch((error: unknown) => {
      logger.warn(`beat: old runs could not be forgotten, trying again later: ${reasonOf(error)}`);
    });
  }
}
