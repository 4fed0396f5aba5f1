import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { SettledRun } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import type { ScheduleStore } from './schedule-store.js';

/** Runs that are marked at once. */
const BATCH = 1000;
/** Seconds between attempts while the store is away. */
const RETRY_SECONDS = 1;

export interface SettlementsDeps {
  readonly store: Pick<ScheduleStore, 'settle'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Marks runs in the store, those together that come together; what cannot be marked just now is tried again, and nothing is dropped. */
export class Settlements {
  readonly #deps: SettlementsDeps;
  #waiting: SettledRun[] = [];
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

  /** Resolves when all is marked, or the store is away: what is not marked then is sent again, under its id, by whoever leads next. */
  async close(): Promise<void> {
    this.#quit.abort();
    await this.#running;
    this.#quit = new AbortController();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // so that runs of one turn are marked together
    let failures = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      try {
        await this.#deps.store.settle(batch);
        this.#waiting = this.#waiting.slice(batch.length);
        failures = 0;
      } catch (error) {
        if (this.#quit.signal.aborted) break;
        if (failures++ === 0) this.#complain(batch.length, error);
        await this.#pause();
      }
    }
    this.#running = undefined;
  }

  #complain(count: number, error: unknown): void {
    this.#deps.logger.error(`beat: ${count} runs were sent and cannot be marked, trying again: ${reasonOf(error)}`);
  }

  async #pause(): Promise<void> {
    await this.#deps.clock.sleep(RETRY_SECONDS * 1000, this.#quit.signal).catch(() => {});
  }
}
