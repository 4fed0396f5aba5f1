import type { CeleryApp } from '../app/celery-app.js';
import type { TaskRegistry } from '../app/task-registry.js';
import type { Pool } from '../contracts/pool.js';
import type { Service } from '../contracts/service.js';
import { workerBanner } from './banner.js';
import { Consumer } from './consumer.js';
import { Dispatcher } from './dispatcher.js';
import { nodeName } from './node-name.js';
import { createPool } from './pools/create-pool.js';
import { Qos } from './qos.js';
import { ResultRecorder } from './result-recorder.js';
import { compileTasks } from './runnable-task.js';
import { selectQueues } from './select-queues.js';
import { Settler } from './settle.js';
import { buildTrace } from './trace.js';
import { WorkerLog } from './worker-log.js';
import type { WorkerOptions } from './worker-options.js';
import { VERSION } from '../version.js';

export interface WorkerDeps {
  readonly app: CeleryApp;
  readonly registry: TaskRegistry;
  readonly options?: WorkerOptions;
  /** The worker lost its broker for good; it consumes nothing any more. */
  onFailed?(error: Error): void;
}

/** Takes tasks from queues and runs them. Celery's `WorkController`. Stops in three words: quiet, drain, close. */
export class Worker implements Service {
  readonly hostname: string;
  /** Celery's start banner. */
  readonly banner: string;
  readonly #app: CeleryApp;
  readonly #pool: Pool;
  readonly #consumer: Consumer;
  readonly #dispatcher: Dispatcher;
  readonly #log: WorkerLog;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** @throws ImproperlyConfigured for an unknown pool or a queue that may not be created */
  constructor({ app, registry, options = {}, onFailed }: WorkerDeps) {
    const { config, clock } = app;
    const concurrency = options.concurrency ?? config.workerConcurrency;
    const log = new WorkerLog(app.logger, options.loglevel ?? 'WARNING');
    const tasks = compileTasks(registry, app);
    const queues = selectQueues(app.queues, options);
    this.#app = app;
    this.#log = log;
    this.hostname = nodeName(options.hostname);
    this.#pool = createPool(options.pool ?? config.workerPool, concurrency, buildTrace(app, tasks), clock);
    const results = new ResultRecorder(app, this.hostname);
    const qos = new Qos(prefetchCount(this.#pool.size, options.prefetchMultiplier ?? config.workerPrefetchMultiplier));
    this.#dispatcher = new Dispatcher({
      app,
      tasks,
      results,
      log,
      qos,
      pool: this.#pool,
      settler: new Settler(app, results, log),
    });
    this.#consumer = new Consumer({
      broker: app.broker,
      queues,
      qos,
      clock,
      log,
      maxRetries: config.brokerConnectionMaxRetries,
      onDelivery: (delivery) => this.#dispatcher.receive(delivery),
      onLost: () => this.#dispatcher.lose(),
      onFailed: (error) => (onFailed ? onFailed(error) : log.say('CRITICAL', `consumer: ${error.message}`)),
    });
    this.banner = workerBanner({
      hostname: this.hostname,
      version: VERSION,
      startedAt: clock.now(),
      transport: app.broker.safeUrl,
      results: app.backend?.safeUrl ?? 'disabled://',
      pool: this.#pool.name,
      concurrency: this.#pool.size,
      queues,
      tasks: registry.names(),
    });
  }

  /** Tasks that run now. */
  get active(): number {
    return this.#pool.active;
  }

  /** Resolves when every queue is consumed. @throws AccessRefused, PreconditionFailed, BackendUnavailable */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** No new deliveries; what has not started goes back to its queue at once. */
  async quiet(): Promise<void> {
    await this.#consumer.pause();
    this.#dispatcher.giveBack();
  }

  /** Quiet, then waits for what runs until the deadline, then closes: unfinished late-ack tasks go back to their queues. */
  stop(deadline?: Date): Promise<void> {
    const { clock, config } = this.#app;
    const until = deadline ?? new Date(clock.now().getTime() + config.workerShutdownTimeout * 1000);
    this.#stopping ??= this.#stop(until);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    if (this.#app.backend) await this.#app.connectBackend();
    await this.#pool.start();
    await this.#consumer.start();
    this.#log.say('INFO', `${this.hostname} ready.`);
  }

  async #stop(deadline: Date): Promise<void> {
    await this.quiet();
    const unfinished = await this.#pool.stop(deadline);
    if (unfinished > 0)
      this.#log.say(
        'WARNING',
        `${unfinished} task(s) still ran at the shutdown deadline; those with late acks go back to their queue.`,
      );
    await this.#consumer.stop();
  }
}

/** Messages that the broker may have out here. By default enough that no slot waits for the network. */
function prefetchCount(concurrency: number, multiplier: number | null): number {
  return multiplier === null ? Math.max(2 * concurrency, 100) : concurrency * multiplier;
}
