import type { TaskQueue } from '../app/topology.js';
import type { Broker, Delivery, Session } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { Service } from '../contracts/service.js';
import type { Qos } from './qos.js';
import { connectWithRetry } from './reconnect.js';
import type { WorkerLog } from './worker-log.js';

export interface ConsumerDeps {
  readonly broker: Broker;
  readonly queues: readonly TaskQueue[];
  readonly qos: Qos;
  readonly maxRetries: number | null;
  readonly clock: Clock;
  readonly log: WorkerLog;
  onDelivery(delivery: Delivery): void;
  /** Everything in hand that is not acknowledged belongs to the broker again. */
  onLost(): void;
  /** The broker cannot be had any more: wrong credentials, other queue arguments, too many attempts. */
  onFailed(error: Error): void;
}

/** Consumes the worker's queues, and comes back after every loss of the connection. Celery's `Consumer`. */
export class Consumer implements Service {
  readonly #deps: ConsumerDeps;
  #session: Session | undefined;
  #life = new AbortController();
  #started: Promise<void> | undefined;

  constructor(deps: ConsumerDeps) {
    this.#deps = deps;
  }

  /** Resolves when every queue is consumed. @throws what cannot be mended by waiting */
  start(): Promise<void> {
    this.#started ??= this.#connect();
    return this.#started;
  }

  /** No new deliveries; what is in hand stays. */
  async pause(): Promise<void> {
    this.#life.abort(new Error('the consumer stops'));
    await this.#session?.pause().catch(() => undefined);
  }

  /** Sends the acks that are due and closes the channel: what is not settled goes back to its queue. */
  async stop(): Promise<void> {
    await this.pause();
    const session = this.#session;
    this.#session = undefined;
    this.#deps.qos.detach();
    await session?.close().catch(() => undefined);
  }

  #connect(): Promise<void> {
    const { maxRetries, clock, log } = this.#deps;
    const signal = this.#life.signal;
    return connectWithRetry(() => this.#open(), { maxRetries, signal, clock, log });
  }

  async #open(): Promise<void> {
    const { broker, queues, qos, onDelivery, log } = this.#deps;
    await broker.connect();
    for (const { topology } of queues) await broker.declare(topology);
    const session = await broker.openSession({
      onDelivery,
      onLost: (error) => this.#lost(session, error),
      onCancelled: (queue) => this.#cancelled(session, queue),
    });
    this.#session = session;
    await qos.attach(session);
    for (const { name } of queues) await session.subscribe(name);
    log.say('INFO', `Connected to ${broker.safeUrl}`);
  }

  #lost(session: Session, error: Error): void {
    if (session !== this.#session) return;
    const { qos, log, onLost } = this.#deps;
    this.#session = undefined;
    qos.detach();
    onLost();
    if (this.#life.signal.aborted) return;
    log.say(
      'WARNING',
      `consumer: Connection to broker lost. Trying to re-establish the connection... (${error.message})`,
    );
    this.#reconnect();
  }

  /** The queue was deleted under us: a new session declares it again. */
  #cancelled(session: Session, queue: string): void {
    if (session !== this.#session) return;
    this.#deps.log.say(
      'WARNING',
      `consumer: the broker ended the consumer of queue '${queue}' (was it deleted?). Declaring and consuming it again.`,
    );
    this.#session = undefined;
    this.#deps.qos.detach();
    this.#deps.onLost();
    void session.close().catch(() => undefined);
    this.#reconnect();
  }

  #reconnect(): void {
    this.#connect().catch((error: Error) => {
      if (!this.#life.signal.aborted) this.#deps.onFailed(error);
    });
  }
}
