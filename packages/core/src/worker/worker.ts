import type { CeleryApp } from '../app/celery-app.js';
import type { TaskRegistry } from '../app/task-registry.js';
import type { TaskQueue } from '../app/topology.js';
import type { Service } from '../contracts/service.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { VERSION } from '../version.js';
import { workerBanner } from './banner.js';
import { nodeName } from './node-name.js';
import type { MainFile } from './pools/child-launcher.js';
import { compileTasks } from './runnable-task.js';
import { selectQueues } from './select-queues.js';
import type { ShutdownCause } from './shutdown.js';
import { WorkerLog } from './worker-log.js';
import type { WorkerOptions } from './worker-options.js';
import { assembleWorker } from './worker-parts.js';
import type { WorkerParts } from './worker-parts.js';
import { fromNow } from '../time/from-now.js';

export interface WorkerDeps {
  readonly app: CeleryApp;
  readonly registry: TaskRegistry;
  readonly options?: WorkerOptions;
  /** What the children of the pools `process` and `threads` run: it finds out by `parentLink()` that it is a child. @default those pools cannot be had */
  readonly main?: MainFile;
  /** The worker lost its broker, or its children, for good; it runs nothing any more. @default a line in the log */
  onFailed?(error: Error): void;
}

/** A shutdown that nobody but the program itself asked for. */
const BY_ITSELF: ShutdownCause = { sig: '', exitcode: 0 };

/** Takes tasks from queues and runs them. Celery's `WorkController`. Stops in three words: quiet, drain, close. */
export class Worker implements Service {
  readonly hostname: string;
  /** Celery's start banner. */
  readonly banner: string;
  readonly #app: CeleryApp;
  readonly #options: WorkerOptions;
  readonly #log: WorkerLog;
  readonly #parts: WorkerParts;
  #starting: Promise<void> | undefined;

  /** @throws ImproperlyConfigured for an unknown pool, serializer, or a queue that may not be created */
  constructor({ app, registry, options = {}, main, onFailed: tell }: WorkerDeps) {
    const { config } = app;
    app.content.encode(null, config.resultSerializer); // an unknown one must not come to light with the first result
    this.#app = app;
    this.#options = options;
    this.hostname = nodeName(options.hostname);
    const log = new WorkerLog(app.logger, options.loglevel ?? 'WARNING');
    this.#log = log;
    const tasks = compileTasks(registry, app);
    const queues = selectQueues(app.queues, options, config.workerDirect ? this.hostname : undefined);
    const onFailed = tell ?? ((error: Error) => log.say('CRITICAL', `worker: ${error.message}`));
    this.#parts = assembleWorker({ app, hostname: this.hostname, tasks, queues, options, log, main, onFailed });
    this.banner = this.#describe(queues, registry.names());
  }

  /** Tasks that run now. */
  get active(): number {
    return this.#parts.pool.active;
  }

  /** Resolves when every queue is consumed. @throws AccessRefused, PreconditionFailed, BackendUnavailable; BrokerUnavailable when it was stopped */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** No new deliveries; what has not started goes back to its queue as soon as the broker delivers no more. */
  quiet(): Promise<void> {
    return this.#parts.shutdown.quiet();
  }

  /**
   * Celery's warm shutdown: quiet, then waits for what runs until the deadline. What runs then is cancelled: late-ack tasks go back
   * to their queues, the others are stored as RETRY. May be called twice; never rejects.
   * @param deadline @default `workerShutdownTimeout` from now
   */
  stop(deadline?: Date, cause: ShutdownCause = BY_ITSELF): Promise<void> {
    const { clock, config } = this.#app;
    const until = deadline ?? fromNow(clock, config.workerShutdownTimeout * 1000);
    this.#parts.autoscaler?.stop();
    return this.#parts.shutdown.warm(until, cause);
  }

  /**
   * Celery's cold shutdown: as `stop()`, but waits for `workerSoftShutdownTimeout` only, also where a stop is under way.
   * Called once more, it waits no longer.
   */
  terminate(cause: ShutdownCause = BY_ITSELF): Promise<void> {
    this.#parts.autoscaler?.stop();
    return this.#parts.shutdown.cold(cause);
  }

  /** Whether `terminate()` still waits for tasks: Celery's soft shutdown. */
  get stopsSoftly(): boolean {
    return this.#parts.shutdown.soft;
  }

  async #start(): Promise<void> {
    const { revocations, pool, consumer, remoteControl } = this.#parts;
    const steps = [
      () => this.#tellInit(),
      async () => this.#app.backend && this.#app.connectBackend(),
      () => revocations.start(),
      () => pool.start(),
      () => consumer.start(),
      () => remoteControl.start(),
    ];
    for (const step of steps) {
      this.#refuseIfStopped();
      await step();
    }
    this.#refuseIfStopped();
    this.#parts.autoscaler?.start();
    this.#log.say('INFO', `${this.hostname} ready.`);
    await this.#app.signals.send('worker_ready', this.hostname, {});
  }

  #refuseIfStopped(): void {
    if (this.#parts.shutdown.begun) throw new BrokerUnavailable('The worker was stopped.');
  }

  /** Its queues are selected with the worker, so one follows upon the other. */
  async #tellInit(): Promise<void> {
    const { signals, config: conf } = this.#app;
    await signals.send('celeryd_init', this.hostname, { conf, options: this.#options });
    await signals.send('celeryd_after_setup', this.hostname, { conf });
    await signals.send('worker_init', this.hostname, {});
  }

  #describe(queues: readonly TaskQueue[], tasks: readonly string[]): string {
    const { broker, backend, clock } = this.#app;
    const { autoscale } = this.#options;
    const { pool } = this.#parts;
    return workerBanner({
      hostname: this.hostname,
      version: VERSION,
      startedAt: clock.now(),
      transport: broker.safeUrl,
      results: backend?.safeUrl ?? 'disabled://',
      pool: pool.name,
      concurrency: autoscale ? `{min=${autoscale.min}, max=${autoscale.max}}` : pool.size,
      queues,
      tasks,
    });
  }
}
