import type { CeleryApp } from '../app/celery-app.js';
import type { Cancellation, Pool } from '../contracts/pool.js';
import type { Service } from '../contracts/service.js';
import type { Consumer } from './consumer.js';
import type { Dispatcher } from './dispatcher.js';
import { within } from '../time/within.js';
import type { WorkerLog } from './worker-log.js';
import { fromNow } from '../time/from-now.js';

export interface ShutdownDeps {
  readonly app: CeleryApp;
  readonly hostname: string;
  readonly pool: Pool;
  readonly consumer: Pick<Consumer, 'pause' | 'stop'>;
  readonly dispatcher: Pick<Dispatcher, 'quiet' | 'cancel' | 'release'>;
  readonly remoteControl: Service;
  readonly log: WorkerLog;
}

/** What set off a shutdown, for the signal `worker_shutting_down`. */
export interface ShutdownCause {
  /** The signal that the process got; empty where none did. */
  readonly sig: string;
  /** What the process will exit with. */
  readonly exitcode: number;
}

/** How long running tasks may go on. */
interface Patience {
  readonly until: Date;
  /** Wait even where nothing runs. */
  readonly onIdle: boolean;
}

/** Milliseconds for outcomes that are on their way to be stored when the patience is over, and for children to end. */
const SETTLE_MS = 5000;
/** Milliseconds that acks and the end of the channel may take after that. */
const GOODBYE_MS = 1000;

const CANCELLED: Cancellation = { kind: 'cancelled', reason: 'cancelled by Celery' };

/**
 * The end of a worker: no new tasks, patience with those that run, the rest is cancelled, everything closes. A warm shutdown is
 * patient until its deadline, a cold one for `workerSoftShutdownTimeout`. The colder one cuts the warmer short.
 */
export class Shutdown {
  readonly #deps: ShutdownDeps;
  #stage: 'none' | 'warm' | 'soft' | 'cold' = 'none';
  #patience: Patience;
  #quieted: Promise<void> | undefined;
  #ended: Promise<void> | undefined;
  /** Tells the wait that there is another patience. */
  #changed: () => void = () => {};

  constructor(deps: ShutdownDeps) {
    this.#deps = deps;
    this.#patience = this.#none();
  }

  get begun(): boolean {
    return this.#stage !== 'none';
  }

  /** Whether a cold shutdown still waits for tasks: asked for once more, it cancels them. */
  get soft(): boolean {
    return this.#stage === 'soft';
  }

  /** Resolves when everything is closed; never rejects. Does nothing more where a shutdown is under way. */
  warm(until: Date, cause: ShutdownCause): Promise<void> {
    if (this.begun) return this.#end();
    this.#stage = 'warm';
    this.#patience = { until, onIdle: false };
    this.#announce('Warm', cause);
    return this.#end();
  }

  cold(cause: ShutdownCause): Promise<void> {
    const again = this.#stage === 'soft' || this.#stage === 'cold';
    this.#patience = again ? this.#none() : this.#softly();
    this.#stage = this.#patience.until > this.#deps.app.clock.now() ? 'soft' : 'cold';
    this.#changed();
    this.#announce('Cold', cause);
    return this.#end();
  }

  /** Nothing starts any more; what has not started goes back to its queue when the broker delivers no more. */
  quiet(): Promise<void> {
    const { consumer, dispatcher } = this.#deps;
    this.#quieted ??= dispatcher.quiet(consumer.pause());
    return this.#quieted;
  }

  #end(): Promise<void> {
    this.#ended ??= this.#run();
    return this.#ended;
  }

  async #run(): Promise<void> {
    const { pool, consumer, remoteControl, app, hostname } = this.#deps;
    await this.#wait(this.quiet().catch(() => undefined));
    if (this.#stage === 'soft') this.#stage = 'cold';
    if (pool.active > 0) await this.#cancel();
    await this.#atMost(SETTLE_MS, pool.close());
    await this.#atMost(GOODBYE_MS, Promise.all([consumer.stop(), remoteControl.stop()]));
    await this.#atMost(GOODBYE_MS, app.signals.send('worker_shutdown', hostname, {}));
  }

  /** Until nothing runs and the broker delivers no more, as long as the patience lasts: it may change meanwhile. */
  async #wait(paused: Promise<void>): Promise<void> {
    const { pool, app } = this.#deps;
    for (let current: Patience | undefined; current !== this.#patience;) {
      current = this.#patience;
      const { until, onIdle } = current;
      const changed = new Promise<void>((resolve) => (this.#changed = resolve));
      if (onIdle) await within(until, app.clock, changed);
      else await Promise.race([Promise.all([pool.stop(until), within(until, app.clock, paused)]), changed]);
    }
  }

  /** What has its outcome is brought home yet; all else goes back to its queue, where it was not acknowledged before. */
  async #cancel(): Promise<void> {
    const { pool, dispatcher, log, app } = this.#deps;
    log.say(
      'WARNING',
      `Cancelling ${pool.active} task(s) that still run; those with late acks go back to their queue.`,
    );
    dispatcher.cancel(CANCELLED);
    await pool.stop(fromNow(app.clock, SETTLE_MS));
    dispatcher.release();
  }

  #none(): Patience {
    return { until: this.#deps.app.clock.now(), onIdle: false };
  }

  #softly(): Patience {
    const { app, pool, log } = this.#deps;
    const { workerSoftShutdownTimeout: seconds, workerEnableSoftShutdownOnIdle: onIdle } = app.config;
    if (seconds === 0 || !(onIdle || pool.active > 0)) return this.#none();
    log.say('WARNING', `Initiating Soft Shutdown, terminating in ${seconds} seconds`);
    return { until: fromNow(app.clock, seconds * 1000), onIdle };
  }

  #announce(how: 'Warm' | 'Cold', cause: ShutdownCause): void {
    const { app, hostname } = this.#deps;
    void app.signals.send('worker_shutting_down', hostname, { ...cause, how });
  }

  #atMost(ms: number, work: Promise<unknown>): Promise<void> {
    const { clock } = this.#deps.app;
    return within(fromNow(clock, ms), clock, work);
  }
}
