import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { SettledRun } from '../contracts/periodic-tasks.js';
import { hasCode } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import type { ScheduleStore } from './schedule-store.js';

/** Runs that are marked at once. */
const BATCH = 1000;
/** Milliseconds between attempts while the store is away. */
const AGAIN_AFTER = 1000;

export interface SettlementsDeps {
  readonly store: Pick<ScheduleStore, 'settle'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Marks runs in the store, those together that come together. What cannot be marked just now is tried again, in smaller batches and behind the
 * others, so that one row that somebody holds locked does not keep back all; only a run that the store refuses by itself is given up.
 */
export class Settlements {
  readonly #deps: SettlementsDeps;
  #waiting: SettledRun[] = [];
  #batch = BATCH;
  #hasComplained = false;
  /** Aborts while it is being closed: then nobody waits for a store that is away. */
  #quit = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: SettlementsDeps) {
    this.#deps = deps;
  }

  add(run: SettledRun): void {
    this.#waiting.push(run);
    this.#running ??= this.#run();
  }

  /** Resolves when all is marked. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Resolves when all is marked, or the store is away: what is not marked then is sent again, under its id, by whoever leads next. */
  async close(): Promise<void> {
    this.#quit.abort();
    await this.#running;
    this.#quit = new AbortController();
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // so that runs of one turn are marked together
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batch);
      try {
        await this.#deps.store.settle(batch);
        this.#batch = Math.min(BATCH, this.#batch * 2);
        this.#hasComplained = false;
      } catch (error) {
        if (!(await this.#failed(batch, error))) break;
      }
    }
    this.#running = undefined; // in the turn of the last look, so that nothing is added unseen
  }

  /** @returns whether to go on */
  async #failed(batch: readonly SettledRun[], error: unknown): Promise<boolean> {
    const [first] = batch;
    const isRefused = hasCode(error, 'BACKEND_STORE_ERROR');
    if (isRefused && batch.length === 1 && first) {
      this.#deps.logger.error(`beat: the run of ${first.name} cannot be marked and is given up: ${reasonOf(error)}`);
      return true;
    }
    this.#waiting.push(...batch);
    this.#batch = Math.max(1, batch.length >> 1);
    if (this.#quit.signal.aborted) return false;
    if (!isRefused) await this.#pause(error);
    return true;
  }

  async #pause(failure: unknown): Promise<void> {
    const { clock, logger } = this.#deps;
    if (!this.#hasComplained) {
      logger.error(`beat: ${this.#waiting.length} runs cannot be marked, trying again: ${reasonOf(failure)}`);
    }
    this.#hasComplained = true;
    await clock.sleep(AGAIN_AFTER, this.#quit.signal).catch(() => {});
  }
}
