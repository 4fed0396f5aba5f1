import type { TaskQueue } from '../app/topology.js';
import { isFleeting } from '../app/task-queue.js';
import type { ConsumeOptions, Session } from '../contracts/broker.js';

/** AMQP counts in 16 bits; a base of more than that means no limit. */
const MOST = 65_535;

export interface QosOptions {
  /** Tasks that run at a time. */
  readonly slots: number;
  /** `workerPrefetchMultiplier`: messages for each slot; 0 = no limit, null = enough that no slot waits for the network. */
  readonly multiplier: number | null;
}

/**
 * The one owner of the prefetch number: a base, one more for each message that is held for its eta, and with a multiplier of 1 one
 * less for each that runs and is acknowledged already, so that the broker keeps what cannot start for a worker that has time.
 *
 * Where each consumer has a count of its own (quorum queues, RabbitMQ 4) the count stands for as long as the consumer: held messages
 * cannot raise it, and take from what is fetched ahead. With a multiplier of 1 the queues share the slots, one at least for each.
 */
export class Qos {
  readonly #multiplier: number | null;
  readonly #slots: number;
  #held = 0;
  /** Running and acknowledged, with a multiplier of 1. */
  #occupied = 0;
  #session: Session | undefined;
  #queues: readonly TaskQueue[] = [];
  #applied = -1;
  #paused = false;
  #pending = false;
  /** The requests to the broker, one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor({ slots, multiplier }: QosOptions) {
    this.#slots = slots;
    this.#multiplier = multiplier;
  }

  /** What may be out here when nothing is held; 0 = no limit. */
  get base(): number {
    return this.#multiplier === null ? Math.max(2 * this.#slots, 100) : this.#slots * this.#multiplier;
  }

  get count(): number {
    const count = this.base + (this.#isShared ? this.#held - this.#occupied : 0);
    return this.base === 0 || this.base > MOST ? 0 : Math.min(MOST, Math.max(1, count));
  }

  /** Nothing may be fetched that cannot start: who runs a task tells by `occupy` and `vacate`. */
  get isExact(): boolean {
    return this.#multiplier === 1;
  }

  /** Messages that may be held without taking the place of one that could run. */
  get holdLimit(): number {
    if (this.base === 0 || this.base > MOST) return Infinity;
    return this.#isShared ? MOST - this.base : Math.max(0, this.base - this.#slots);
  }

  /** A new channel starts with nothing held. Subscribe each queue with the options of `subscription`. */
  async attach(session: Session, queues: readonly TaskQueue[]): Promise<void> {
    this.#session = session;
    this.#queues = queues;
    this.#held = 0;
    this.#applied = this.count;
    this.#paused = this.#isFull;
    if (this.#paused) await session.pause();
    if (this.#isShared) await session.setPrefetch(this.#applied);
  }

  detach(): void {
    this.#session = undefined;
  }

  /** How to subscribe a queue of those that were attached. */
  subscription(queue: TaskQueue): ConsumeOptions {
    return this.#isShared ? {} : { prefetch: this.#share(queue) };
  }

  increment(): void {
    this.#held++;
    this.#schedule();
  }

  decrement(): void {
    this.#held = Math.max(0, this.#held - 1);
    this.#schedule();
  }

  /** A task is to begin and its message to be acknowledged; resolves when the broker will send none in its place. */
  occupy(): Promise<void> {
    this.#occupied++;
    return this.#apply();
  }

  /** The slot is free again. */
  vacate(): void {
    this.#occupied--;
    void this.#apply();
  }

  get #isShared(): boolean {
    return this.#session?.prefetchScope !== 'consumer';
  }

  /** The broker deletes a queue that may not be without consumers. */
  get #isFull(): boolean {
    if (!this.isExact || this.#occupied < this.#slots) return false;
    return (!this.#isShared || this.#held === 0) && !this.#queues.some(isFleeting);
  }

  #share(queue: TaskQueue): number {
    if (!this.isExact) return this.count;
    const queues = this.#queues.length;
    const rest = this.#queues.indexOf(queue) < this.#slots % queues ? 1 : 0;
    return Math.max(1, Math.floor(this.#slots / queues) + rest);
  }

  /** Many changes of one turn of the loop go out as one. */
  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      void this.#apply();
    });
  }

  #apply(): Promise<void> {
    this.#last = this.#last.then(() => this.#tell());
    return this.#last;
  }

  /** A channel that has gone reports it through onLost; the next one gets the number from attach(). */
  async #tell(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    try {
      if (this.#isFull) return await this.#pause(session);
      await this.#setCount(session);
      await this.#resume(session);
    } catch {
      return;
    }
  }

  async #setCount(session: Session): Promise<void> {
    const { count } = this;
    if (!this.#isShared || count === this.#applied) return;
    this.#applied = count;
    await session.setPrefetch(count);
  }

  async #pause(session: Session): Promise<void> {
    if (this.#paused) return;
    this.#paused = true;
    await session.pause();
  }

  async #resume(session: Session): Promise<void> {
    // a consumer that was stopped meanwhile is not to begin again
    if (!this.#paused || session !== this.#session) return;
    this.#paused = false;
    await session.resume();
  }
}
