import type { CeleryApp } from '../app/celery-app.js';
import { outsideTasks } from '../app/task-context.js';
import type { TaskRegistry } from '../app/task-registry.js';
import type { TaskQueue } from '../app/topology.js';
import type { Pool } from '../contracts/pool.js';
import type { Service } from '../contracts/service.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { VERSION } from '../version.js';
import { workerBanner } from './banner.js';
import { Consumer } from './consumer.js';
import { Dispatcher } from './dispatcher.js';
import { nodeName } from './node-name.js';
import { createPool } from './pools/create-pool.js';
import { PoisonGuard } from './poison-guard.js';
import { Qos } from './qos.js';
import { ResultRecorder } from './result-recorder.js';
import { Revocations } from './revocations.js';
import { compileTasks } from './runnable-task.js';
import { selectQueues } from './select-queues.js';
import { Settler } from './settle.js';
import { LocalTaskRunner } from './task-runner.js';
import { within } from './within.js';
import { WorkerLog } from './worker-log.js';
import type { WorkerOptions } from './worker-options.js';

export interface WorkerDeps {
  readonly app: CeleryApp;
  readonly registry: TaskRegistry;
  readonly options?: WorkerOptions;
  /** The worker lost its broker for good; it consumes nothing any more. @default a line in the log */
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

  /** @throws ImproperlyConfigured for an unknown pool, serializer, or a queue that may not be created */
  constructor({ app, registry, options = {}, onFailed }: WorkerDeps) {
    const { config } = app;
    app.content.encode(null, config.resultSerializer); // an unknown one must not come to light with the first result
    const tasks = compileTasks(registry, app);
    const queues = selectQueues(app.queues, options);
    this.#app = app;
    this.#log = new WorkerLog(app.logger, options.loglevel ?? 'WARNING');
    this.hostname = nodeName(options.hostname);
    const log = this.#log;
    const runner = new LocalTaskRunner(tasks, { app, hostname: this.hostname });
    this.#pool = createPool({ app, options, runner, log });
    const results = new ResultRecorder(app, this.hostname);
    const poison = new PoisonGuard(app, results, log);
    const revocations = new Revocations();
    const qos = new Qos(prefetchCount(this.#pool.size, options.prefetchMultiplier ?? config.workerPrefetchMultiplier));
    const settler = new Settler({ app, tasks, results, poison, log });
    this.#dispatcher = new Dispatcher({
      app,
      tasks,
      results,
      log,
      qos,
      pool: this.#pool,
      settler,
      poison,
      revocations,
    });
    this.#consumer = this.#createConsumer(queues, qos, onFailed);
    this.banner = this.#describe(queues, registry.names());
  }

  /** Tasks that run now. */
  get active(): number {
    return this.#pool.active;
  }

  /** Resolves when every queue is consumed. @throws AccessRefused, PreconditionFailed, BackendUnavailable; BrokerUnavailable when it was stopped */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** No new deliveries; what has not started goes back to its queue at once. */
  async quiet(): Promise<void> {
    const paused = this.#consumer.pause();
    this.#dispatcher.quiet();
    await paused;
  }

  /** Quiet, then waits for what runs until the deadline, then closes: unfinished late-ack tasks go back to their queues. */
  stop(deadline?: Date): Promise<void> {
    const { clock, config } = this.#app;
    const until = deadline ?? new Date(clock.now().getTime() + config.workerShutdownTimeout * 1000);
    this.#stopping ??= this.#stop(until);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const steps = [
      async () => this.#app.backend && this.#app.connectBackend(),
      () => this.#pool.start(),
      () => this.#consumer.start(),
    ];
    for (const step of steps) {
      if (this.#stopping) throw new BrokerUnavailable('The worker was stopped.');
      await step();
    }
    this.#log.say('INFO', `${this.hostname} ready.`);
  }

  /** A broker that does not answer costs no more than the deadline, and a moment to say goodbye. */
  async #stop(deadline: Date): Promise<void> {
    const { clock } = this.#app;
    await within(deadline, clock, this.quiet());
    const unfinished = await this.#pool.stop(deadline);
    if (unfinished > 0) {
      const what = `${unfinished} task(s) still ran at the shutdown deadline; those with late acks go back to their queue.`;
      this.#log.say('WARNING', what);
    }
    const latest = new Date(Math.max(deadline.getTime(), clock.now().getTime()) + GOODBYE_MS);
    await within(latest, clock, this.#consumer.stop());
  }

  #createConsumer(queues: readonly TaskQueue[], qos: Qos, onFailed: WorkerDeps['onFailed']): Consumer {
    const { broker, clock, config } = this.#app;
    const log = this.#log;
    return new Consumer({
      broker,
      queues,
      qos,
      clock,
      log,
      maxRetries: config.brokerConnectionMaxRetries,
      // a broker in memory delivers within the task that published
      onDelivery: (delivery) => outsideTasks(() => this.#dispatcher.receive(delivery)),
      onLost: () => this.#dispatcher.lose(),
      onFailed: (error) => (onFailed ? onFailed(error) : log.say('CRITICAL', `consumer: ${error.message}`)),
    });
  }

  #describe(queues: readonly TaskQueue[], tasks: readonly string[]): string {
    const { broker, backend, clock } = this.#app;
    return workerBanner({
      hostname: this.hostname,
      version: VERSION,
      startedAt: clock.now(),
      transport: broker.safeUrl,
      results: backend?.safeUrl ?? 'disabled://',
      pool: this.#pool.name,
      concurrency: this.#pool.size,
      queues,
      tasks,
    });
  }
}

/** Milliseconds that acks and the end of the channel may take after the deadline. */
const GOODBYE_MS = 1000;

/** Messages that the broker may have out here. By default enough that no slot waits for the network. */
function prefetchCount(concurrency: number, multiplier: number | null): number {
  return multiplier === null ? Math.max(2 * concurrency, 100) : concurrency * multiplier;
}
