import type { TaskQueue } from '../app/topology.js';
import type { Broker, Delivery, Session, SessionHandlers } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { Service } from '../contracts/service.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { hasCode } from '../errors/celery-error.js';
import type { Qos } from './qos.js';
import { connectWithRetry } from './reconnect.js';
import { RestartBrake } from './restart-brake.js';
import type { WorkerLog } from './worker-log.js';

/** When to try again where the broker cannot be had. */
export interface ReconnectRules {
  /** Attempts; null or 0 = for ever. */
  readonly most: number | null;
  /** `brokerConnectionRetryOnStartup` */
  readonly onStartup: boolean;
  /** `brokerConnectionRetry` */
  readonly afterLoss: boolean;
}

export interface ConsumerDeps {
  readonly broker: Broker;
  readonly queues: readonly TaskQueue[];
  readonly qos: Qos;
  /** Some of the queues refuse a prefetch count for all. @default false */
  readonly quorumQueues?: boolean;
  /** Declares what is needed besides the queues. */
  declareMore?(): Promise<void>;
  readonly retries: ReconnectRules;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Called before anything is consumed on a new connection; never rejects. */
  onConnected?(): Promise<void>;
  onDelivery(delivery: Delivery): void;
  /** Everything in hand that is not acknowledged belongs to the broker again. */
  onLost(): void;
  /** The broker cannot be had any more: other queue arguments, too many attempts. */
  onFailed(error: Error): void;
}

const AT_START = ['BROKER_UNAVAILABLE'];
/** It worked before: a right that is gone, or a queue that is missing, may be given back. */
const AFTER_LOSS = [...AT_START, 'ACCESS_REFUSED', 'NOT_FOUND'];

/** Consumes the worker's queues, and comes back after every loss of the connection. Celery's `Consumer`. */
export class Consumer implements Service {
  readonly #deps: ConsumerDeps;
  readonly #brake: RestartBrake;
  readonly #life = new AbortController();
  #session: Session | undefined;
  /** The start or restart that is under way, or was the last. */
  #connecting: Promise<void> | undefined;
  #opening = false;

  constructor(deps: ConsumerDeps) {
    this.#deps = deps;
    this.#brake = new RestartBrake(deps.clock);
  }

  /** Resolves when every queue is consumed. @throws what cannot be mended by waiting; the reason of a stop */
  start(): Promise<void> {
    this.#connecting ??= this.#connectFirst();
    return this.#connecting;
  }

  /** No new deliveries; what is in hand stays. */
  async pause(): Promise<void> {
    this.#life.abort(new BrokerUnavailable('The worker was stopped.'));
    this.#deps.qos.detach();
    await this.#session?.pause().catch(() => undefined);
  }

  /** Sends the acks that are due and closes the channel: what is not settled goes back to its queue. */
  async stop(): Promise<void> {
    await this.pause();
    await this.#connecting?.catch(() => undefined);
    const session = this.#session;
    this.#leave();
    await session?.close().catch(() => undefined);
  }

  #connect(retryOn: readonly string[]): Promise<void> {
    const { retries, clock, log } = this.#deps;
    const { signal } = this.#life;
    return connectWithRetry(() => this.#open(), { maxRetries: retries.most, retryOn, signal, clock, log });
  }

  async #connectFirst(): Promise<void> {
    if (this.#deps.retries.onStartup) return this.#connect(AT_START);
    try {
      await this.#open();
    } catch (error) {
      throw hasCode(error, 'BROKER_UNAVAILABLE') ? retryDisabled('establish', error as Error) : error;
    }
  }

  /** One attempt: it ends with every queue consumed, or with nothing open. */
  async #open(): Promise<void> {
    this.#opening = true;
    try {
      await this.#openSession();
      this.#deps.log.say('INFO', `Connected to ${this.#deps.broker.safeUrl}`);
    } catch (error) {
      await this.#drop();
      throw error;
    } finally {
      this.#opening = false;
    }
  }

  async #openSession(): Promise<void> {
    const { broker, queues, qos, onDelivery } = this.#deps;
    await broker.connect();
    for (const { topology } of queues) await broker.declare(topology);
    await this.#deps.declareMore?.();
    const handlers: SessionHandlers = {
      onDelivery,
      onLost: (error) => this.#lost(session, error),
      onCancelled: (queue) => this.#cancelled(session, queue),
    };
    const session = await broker.openSession(handlers, { quorumQueues: this.#deps.quorumQueues ?? false });
    this.#session = session;
    await qos.attach(session, queues);
    await this.#deps.onConnected?.();
    for (const queue of queues) {
      this.#life.signal.throwIfAborted();
      await session.subscribe(queue.name, qos.subscription(queue));
    }
    if (this.#session !== session)
      throw new BrokerUnavailable('The connection was lost while the queues were subscribed.');
  }

  #lost(session: Session, error: Error): void {
    if (session !== this.#session) return;
    this.#leave();
    this.#deps.onLost();
    if (this.#deps.retries.afterLoss) {
      const why = `Connection to broker lost. Trying to re-establish the connection... (${error.message})`;
      this.#restart(`consumer: ${why}`);
    } else if (!this.#opening && !this.#life.signal.aborted) this.#deps.onFailed(retryDisabled('re-establish', error));
  }

  /** The queue was deleted under us: a new session declares it again. */
  #cancelled(session: Session, queue: string): void {
    if (session !== this.#session) return;
    void this.#drop();
    const why = `the broker ended the consumer of queue '${queue}' (was it deleted?)`;
    this.#restart(`consumer: ${why}. Declaring and consuming it again.`);
  }

  /** An attempt under way sees for itself that it failed; a consumer that stops has no use for another. */
  #restart(why: string): void {
    if (this.#opening || this.#life.signal.aborted) return;
    this.#deps.log.say('WARNING', why);
    const { signal } = this.#life;
    this.#connecting = this.#brake.beforeRestart(signal).then(() => this.#connect(AFTER_LOSS));
    this.#connecting.catch((error: Error) => {
      if (!signal.aborted) this.#deps.onFailed(error);
    });
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#leave();
    this.#deps.onLost();
    await session.close().catch(() => undefined);
  }

  #leave(): void {
    this.#session = undefined;
    this.#deps.qos.detach();
  }
}

/** In Celery's words. */
function retryDisabled(what: 'establish' | 're-establish', error: Error): BrokerUnavailable {
  const setting = what === 'establish' ? 'brokerConnectionRetryOnStartup' : 'brokerConnectionRetry';
  return new BrokerUnavailable(
    `Retrying to ${what} a connection to the message broker after a connection loss has been disabled (${setting}: false). Shutting down... (${error.message})`,
  );
}
