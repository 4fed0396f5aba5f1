import type { Signals } from '../app/signals.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Service } from '../contracts/service.js';
import { hasCode } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import { fromNow } from '../time/from-now.js';
import { within } from '../time/within.js';
import { humanizeSeconds } from '../schedules/humanize-seconds.js';
import type { Alarm } from './alarm.js';
import { ENDLESS_TERM } from './leadership.js';
import type { Leadership, Term } from './leadership.js';
import { Reign } from './reign.js';
import type { ReignDeps } from './reign.js';
import type { ScheduleStore } from './schedule-store.js';
import type { Settlements } from './settlements.js';

/** Milliseconds to wait after a term that ended by an error. */
const AGAIN_AFTER = 1000;
/** Milliseconds that a stop waits for what does not answer: more than a publish takes to give up. */
const STOP_WITHIN = 15_000;

export interface BeatDeps extends ReignDeps {
  readonly store: Pick<ScheduleStore, 'open' | 'watch' | 'prune' | 'close'>;
  readonly settlements: Pick<Settlements, 'idle' | 'close'>;
  /** Missing: there is no other beat, and this one always leads. */
  readonly leadership?: Pick<Leadership, 'tryToLead' | 'lead'> | undefined;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where `beat_init` is told, with the sender `beat`. */
  readonly signals?: Signals | undefined;
  /** Looks at the start whether there is a broker. @throws what ends the start */
  readonly greetBroker?: (() => Promise<void>) | undefined;
  /** It shares a worker's process: `beat_embedded_init`, too. @default false */
  readonly embedded?: boolean | undefined;
}

/** How a beat is, for health checks. */
export interface BeatHealth {
  readonly state: 'stopped' | 'standby' | 'leading';
  /** Entries that it has planned; only the leader has. */
  readonly entries: number;
  /** When it last looked at what is due. */
  readonly lastTick: Date | undefined;
  readonly nextTick: Date | undefined;
}

/** Runs a schedule: while it leads it ticks, sleeps until the time that the tick returned, ticks again. Celery's `beat.Service`. */
export class Beat implements Service {
  readonly #deps: BeatDeps;
  /** There from start() to stop(). */
  #quit: AbortController | undefined;
  #reign: Reign | undefined;
  #started = Promise.resolve();
  #loop = Promise.resolve();

  constructor(deps: BeatDeps) {
    this.#deps = deps;
  }

  get health(): BeatHealth {
    const { scheduler } = this.#deps;
    const reign = this.#reign;
    if (!this.#quit) return { state: 'stopped', entries: 0, lastTick: undefined, nextTick: undefined };
    if (!reign) return { state: 'standby', entries: 0, lastTick: undefined, nextTick: undefined };
    return { state: 'leading', entries: scheduler.size, lastTick: reign.lastTick, nextTick: reign.nextTick };
  }

  /** Resolves once it leads and its entries are planned, or once it stands by. @throws what store and broker throw; it may then be called again. */
  start(): Promise<void> {
    if (!this.#quit) {
      this.#quit = new AbortController();
      this.#started = this.#begin(this.#quit, this.#ended());
    }
    return this.#started;
  }

  /**
   * Resolves once what was being published has been and is marked, the lease is free for others, and no timer is left; or, with a warning,
   * after 15 seconds in which a broker or a database did not answer.
   */
  async stop(): Promise<void> {
    const { clock, logger } = this.#deps;
    if (this.#quit) logger.log('beat: Shutting down...');
    this.#quit?.abort();
    this.#quit = undefined;
    const stopping = this.#wind().then(() => true);
    const stopped = await Promise.race([
      stopping,
      within(fromNow(clock, STOP_WITHIN), clock, stopping).then(() => false),
    ]);
    if (!stopped)
      logger.warn(
        'beat: Broker or database do not answer: the end is not waited for. Others lead when the lease runs out.',
      );
  }

  async #wind(): Promise<void> {
    const { settlements, store, logger } = this.#deps;
    await this.#ended();
    await settlements.close();
    await store.close().catch((error: unknown) => {
      logger.error(`beat: the schedule could not be closed: ${reasonOf(error)}`);
    });
  }

  async #begin(quit: AbortController, lifeBefore: Promise<void>): Promise<void> {
    await lifeBefore;
    const { store, clock, logger, leadership, maxInterval } = this.#deps;
    logger.log('beat: Starting...');
    await this.#tellInit();
    logger.debug(`beat: Ticking with max interval->${humanizeSeconds(maxInterval)}`);
    try {
      await this.#deps.greetBroker?.();
      await store.open(clock.now());
      const term = leadership ? await leadership.tryToLead() : ENDLESS_TERM;
      const reign = term && (await this.#ascend(term, quit.signal));
      this.#loop = this.#run(quit.signal, reign);
    } catch (error) {
      if (quit.signal.aborted) return; // it was stopped while it started
      if (this.#quit === quit) this.#quit = undefined;
      throw error;
    }
  }

  async #tellInit(): Promise<void> {
    const { signals, embedded } = this.#deps;
    await signals?.send('beat_init', 'beat', {});
    if (embedded === true) await signals?.send('beat_embedded_init', 'beat', {});
  }

  async #ended(): Promise<void> {
    await this.#started.catch(() => {});
    await this.#loop;
  }

  async #ascend(term: Term, quit: AbortSignal): Promise<Reign> {
    const reign = new Reign(term, this.#deps);
    try {
      await reign.begin(quit);
    } catch (error) {
      await reign.end();
      throw error;
    }
    this.#reign = reign;
    return reign;
  }

  /** One reign after the other, as long as there is one to be had. */
  async #run(quit: AbortSignal, first: Reign | undefined): Promise<void> {
    for (let reign = first; reign || !quit.aborted; reign = await this.#succeed(quit)) {
      if (reign) await this.#live(reign, quit);
    }
  }

  async #live(reign: Reign, quit: AbortSignal): Promise<void> {
    const failure = await reign.run(quit).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await reign.end();
    this.#reign = undefined;
    if (failure) await this.#fell(failure.error, quit);
  }

  async #succeed(quit: AbortSignal): Promise<Reign | undefined> {
    const { leadership } = this.#deps;
    try {
      const term = leadership ? await leadership.lead(quit) : ENDLESS_TERM;
      return term && (await this.#ascend(term, quit));
    } catch (error) {
      await this.#fell(error, quit);
      return undefined;
    }
  }

  async #fell(failure: unknown, quit: AbortSignal): Promise<void> {
    const { logger, clock } = this.#deps;
    if (quit.aborted) return;
    if (hasCode(failure, 'LEASE_LOST')) return logger.warn('beat: another beat leads now: this one stands by.');
    logger.error(`beat: the schedule cannot be run, trying again: ${reasonOf(failure)}`);
    await clock.sleep(AGAIN_AFTER, quit).catch(() => {});
  }
}
