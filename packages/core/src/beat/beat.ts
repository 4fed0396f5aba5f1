import type { Signals } from '../app/signals.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Service } from '../contracts/service.js';
import { humanizeSeconds } from '../schedules/humanize-seconds.js';
import type { Scheduler } from './scheduler.js';

/** Celery's default for `beatMaxLoopInterval`, in seconds. */
export const DEFAULT_MAX_INTERVAL = 300;

export interface BeatDeps {
  readonly scheduler: Pick<Scheduler, 'load' | 'tick'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `beatMaxLoopInterval`: the longest sleep in seconds; 0 = 300. */
  readonly maxInterval: number;
  /** Where `beat_init` is told, with the sender `beat`. */
  readonly signals?: Signals;
  /** It shares a worker's process: `beat_embedded_init`, too. @default false */
  readonly embedded?: boolean;
}

/** Runs a scheduler: ticks, sleeps until the time that the tick returned, ticks again. Celery's `beat.Service`. */
export class Beat implements Service {
  readonly #deps: BeatDeps;
  readonly #maxInterval: number;
  /** There from start() to stop(). */
  #quit: AbortController | undefined;
  #started = Promise.resolve();
  #loop = Promise.resolve();

  constructor(deps: BeatDeps) {
    this.#deps = deps;
    this.#maxInterval = deps.maxInterval || DEFAULT_MAX_INTERVAL;
  }

  /** Resolves once the entries are loaded and the loop runs. @throws what the schedule store throws; it may then be called again. */
  start(): Promise<void> {
    if (!this.#quit) {
      this.#quit = new AbortController();
      this.#started = this.#begin(this.#quit, this.#ended());
    }
    return this.#started;
  }

  /** Resolves once what was being published has been, and no timer is left. */
  async stop(): Promise<void> {
    if (this.#quit) this.#deps.logger.log('beat: Shutting down...');
    this.#quit?.abort();
    this.#quit = undefined;
    await this.#ended();
  }

  async #begin(quit: AbortController, lifeBefore: Promise<void>): Promise<void> {
    await lifeBefore;
    const { scheduler, clock, logger } = this.#deps;
    logger.log('beat: Starting...');
    await this.#tellInit();
    logger.debug(`beat: Ticking with max interval->${humanizeSeconds(this.#maxInterval)}`);
    try {
      await scheduler.load(clock.now());
    } catch (error) {
      if (this.#quit === quit) this.#quit = undefined;
      throw error;
    }
    this.#loop = this.#run(quit.signal);
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

  async #run(quit: AbortSignal): Promise<void> {
    const { scheduler, clock } = this.#deps;
    while (!quit.aborted) {
      const next = await scheduler.tick(clock.now());
      if (!quit.aborted) await this.#sleepUntil(next, quit);
    }
  }

  #sleepUntil(next: Date | undefined, quit: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    const now = clock.now().getTime();
    const until = Math.min(next?.getTime() ?? Infinity, now + this.#maxInterval * 1000);
    if (until > now) logger.debug(`beat: Waking up in ${humanizeSeconds((until - now) / 1000)}.`);
    return new Promise((resolve) => {
      const cancel = clock.at(new Date(until), finish);
      quit.addEventListener('abort', finish, { once: true });
      function finish() {
        cancel();
        quit.removeEventListener('abort', finish);
        resolve();
      }
    });
  }
}
