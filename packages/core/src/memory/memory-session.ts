import type { ConsumeOptions, Delivery, Session, SessionHandlers } from '../contracts/broker.js';
import type { Logger } from '../contracts/logger.js';
import { AccessRefused, BrokerUnavailable } from '../errors/broker-errors.js';
import type { MemoryHub } from './memory-hub.js';
import type { MemoryQueue, QueueConsumer, StoredMessage } from './memory-queue.js';

type Settlement = 'ack' | 'requeue' | 'discard';

interface Subscription {
  readonly queue: MemoryQueue;
  readonly consumer: QueueConsumer;
  active: boolean;
}

/** Deliveries of one channel: several queues, one prefetch. */
export class MemorySession implements Session {
  readonly prefetchScope = 'session';
  readonly #hub: MemoryHub;
  readonly #handlers: SessionHandlers;
  readonly #logger: Logger;
  readonly #subscriptions = new Map<string, Subscription>();
  /** In order of delivery. */
  readonly #unsettled = new Map<StoredMessage, MemoryQueue>();
  #prefetch = 0;
  #paused = false;
  #open = true;

  constructor(hub: MemoryHub, handlers: SessionHandlers, logger: Logger) {
    this.#hub = hub;
    this.#handlers = handlers;
    this.#logger = logger;
  }

  get open(): boolean {
    return this.#open;
  }

  async subscribe(queue: string, options: ConsumeOptions = {}): Promise<void> {
    this.#assertOpen();
    if (this.#subscriptions.has(queue)) return;
    const source = this.#hub.queue(queue);
    if (source.consumers.some((other) => other.exclusive || options.exclusive)) {
      throw new AccessRefused(`Queue '${queue}' has a consumer that is to be the only one: end it first.`);
    }
    const subscription = this.#subscription(source, options);
    this.#subscriptions.set(queue, subscription);
    if (!this.#paused) this.#start(subscription);
  }

  async unsubscribe(queue: string): Promise<void> {
    const subscription = this.#subscriptions.get(queue);
    if (!subscription) return;
    this.#subscriptions.delete(queue);
    this.#stop(subscription);
    this.#deleteUnused(subscription.queue);
  }

  async setPrefetch(count: number): Promise<void> {
    this.#assertOpen();
    this.#prefetch = count;
    this.#lookForMore();
  }

  async pause(): Promise<void> {
    this.#paused = true;
    for (const subscription of this.#subscriptions.values()) this.#stop(subscription);
  }

  async resume(): Promise<void> {
    this.#assertOpen();
    this.#paused = false;
    for (const subscription of this.#subscriptions.values()) this.#start(subscription);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const name of this.#subscriptions.keys()) await this.unsubscribe(name);
    const back = new Map<MemoryQueue, StoredMessage[]>();
    for (const [stored, queue] of this.#unsettled) back.set(queue, [...(back.get(queue) ?? []), stored]);
    this.#unsettled.clear();
    for (const [queue, messages] of back) queue.giveBack(messages);
  }

  #subscription(queue: MemoryQueue, { noAck = false, exclusive = false, priority = 0 }: ConsumeOptions): Subscription {
    const hasRoom = () => noAck || this.#prefetch === 0 || this.#unsettled.size < this.#prefetch;
    const consumer: QueueConsumer = {
      priority,
      exclusive,
      get hasRoom() {
        return hasRoom();
      },
      take: (stored) => this.#take(stored, queue, noAck),
      onCancelled: () => this.#onCancelled(queue),
    };
    return { queue, consumer, active: false };
  }

  #take(stored: StoredMessage, queue: MemoryQueue, noAck: boolean): void {
    if (!noAck) this.#unsettled.set(stored, queue);
    const delivery = new MemoryDelivery(stored, queue, (how) => noAck || this.#settle(stored, queue, how));
    try {
      this.#handlers.onDelivery(delivery);
    } catch (error) {
      this.#logger.error(
        `The handler of a message on queue '${delivery.queue}' threw; the message stays unsettled: ${String(error)}`,
      );
    }
  }

  #onCancelled(queue: MemoryQueue): void {
    const { name } = queue.declaration;
    if (this.#subscriptions.get(name)?.queue !== queue) return;
    this.#subscriptions.delete(name);
    this.#handlers.onCancelled(name);
  }

  /** @returns whether the session was still open. */
  #settle(stored: StoredMessage, queue: MemoryQueue, how: Settlement): boolean {
    if (!this.#open) return false;
    if (this.#unsettled.delete(stored)) {
      if (how === 'requeue') queue.giveBack([stored]);
      if (how === 'discard') queue.discard(stored);
    }
    this.#lookForMore();
    return true;
  }

  #lookForMore(): void {
    for (const { queue } of this.#subscriptions.values()) queue.schedule();
  }

  #start(subscription: Subscription): void {
    if (!subscription.active) subscription.queue.addConsumer(subscription.consumer);
    subscription.active = true;
  }

  #stop(subscription: Subscription): void {
    subscription.queue.removeConsumer(subscription.consumer);
    subscription.active = false;
  }

  #deleteUnused({ declaration, consumers }: MemoryQueue): void {
    if (declaration.autoDelete && consumers.length === 0) this.#hub.deleteQueue(declaration.name);
  }

  #assertOpen(): void {
    if (!this.#open) throw new BrokerUnavailable('The session is closed: open another one.');
  }
}

/** Settled once: a second call changes nothing and gives the same answer. */
class MemoryDelivery implements Delivery {
  readonly message;
  readonly queue: string;
  readonly redelivered: boolean;
  readonly #settle: (how: Settlement) => boolean;
  #answer: 'sent' | 'stale' | undefined;

  constructor(stored: StoredMessage, queue: MemoryQueue, settle: (how: Settlement) => boolean) {
    this.message = stored.message;
    this.queue = queue.declaration.name;
    this.redelivered = stored.redelivered;
    this.#settle = settle;
  }

  ack(): 'sent' | 'stale' {
    return (this.#answer ??= this.#settle('ack') ? 'sent' : 'stale');
  }

  reject({ requeue = false }: { requeue?: boolean } = {}): 'sent' | 'stale' {
    return (this.#answer ??= this.#settle(requeue ? 'requeue' : 'discard') ? 'sent' : 'stale');
  }
}
