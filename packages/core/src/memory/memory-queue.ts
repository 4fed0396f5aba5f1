import type { QueueDeclaration, ReceivedMessage } from '../contracts/broker.js';
import type { Cancel, Clock } from '../contracts/clock.js';
import type { DeathReason } from './dead-letter.js';

/** A message in a queue. */
export interface StoredMessage {
  readonly message: ReceivedMessage;
  readonly priority: number;
  /** On the wall clock; undefined: it does not expire. */
  readonly expiresAt: number | undefined;
  /** It was delivered before and came back. */
  redelivered: boolean;
}

/** Takes messages from a queue. */
export interface QueueConsumer {
  readonly priority: number;
  readonly exclusive: boolean;
  readonly hasRoom: boolean;
  take(stored: StoredMessage): void;
  /** The queue was deleted. */
  onCancelled(): void;
}

/** A queue: messages in order of priority and arrival, and consumers that take turns. Delivers on a later turn of the event loop. */
export class MemoryQueue {
  readonly declaration: QueueDeclaration;
  readonly #clock: Clock;
  readonly #onDeath: (stored: StoredMessage, reason: DeathReason) => void;
  #ready: StoredMessage[] = [];
  #consumers: QueueConsumer[] = [];
  #scheduled = false;
  #mayExpire = false;
  /** Where there is a dead letter exchange: it is to get what expires in time, whether anybody looks or not. */
  #alarm: { at: number; cancel: Cancel } | undefined;

  constructor(
    declaration: QueueDeclaration,
    clock: Clock,
    onDeath: (stored: StoredMessage, reason: DeathReason) => void,
  ) {
    this.declaration = declaration;
    this.#clock = clock;
    this.#onDeath = onDeath;
  }

  get consumers(): readonly QueueConsumer[] {
    return this.#consumers;
  }

  get length(): number {
    this.#dropExpired();
    return this.#ready.length;
  }

  /** Behind all of its priority. */
  push(message: ReceivedMessage): void {
    const { priority = 0, expiration } = message.properties;
    const highest = Number(this.declaration.arguments?.['x-max-priority'] ?? 0);
    const stored = {
      message,
      priority: Math.min(priority, highest),
      expiresAt: this.#expiresAt(expiration),
      redelivered: false,
    };
    this.#mayExpire ||= stored.expiresAt !== undefined;
    const behind = this.#ready.findLastIndex((other) => other.priority >= stored.priority);
    this.#ready.splice(behind + 1, 0, stored);
    this.#watch(stored);
    this.schedule();
  }

  /** A consumer does not want it, and nobody else is to have it. */
  discard(stored: StoredMessage): void {
    this.#onDeath(stored, 'rejected');
  }

  /** Messages that come back go before all of their priority, in the order in which they were delivered. */
  giveBack(messages: readonly StoredMessage[]): void {
    for (const stored of messages.toReversed()) {
      stored.redelivered = true;
      const before = this.#ready.findIndex((other) => other.priority <= stored.priority);
      this.#ready.splice(before < 0 ? this.#ready.length : before, 0, stored);
      this.#watch(stored);
    }
    this.schedule();
  }

  purge(): number {
    const count = this.length;
    this.#ready = [];
    return count;
  }

  addConsumer(consumer: QueueConsumer): void {
    this.#consumers.push(consumer);
    this.schedule();
  }

  removeConsumer(consumer: QueueConsumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** The end of the queue: tells its consumers, on a later turn, that there is nothing to consume any more. */
  close(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const consumers = this.#consumers;
    this.#consumers = [];
    setImmediate(() => consumers.forEach((consumer) => consumer.onCancelled()));
  }

  /** Looks for a consumer with room, on a later turn. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    this.#dropExpired();
    for (let taker = this.#next(); taker && this.#ready.length > 0; taker = this.#next()) {
      const stored = this.#ready.shift();
      if (stored) taker.take(stored);
    }
  }

  /** The consumer of the highest priority that has room; among equals each in its turn. */
  #next(): QueueConsumer | undefined {
    const free = this.#consumers.filter((consumer) => consumer.hasRoom);
    const highest = Math.max(...free.map((consumer) => consumer.priority));
    const taker = free.find((consumer) => consumer.priority === highest);
    if (taker) this.#consumers = [...this.#consumers.filter((other) => other !== taker), taker];
    return taker;
  }

  #expiresAt(expiration: string | undefined): number | undefined {
    const ofQueue = Number(this.declaration.arguments?.['x-message-ttl'] ?? Infinity);
    const ttl = Math.min(ofQueue, expiration === undefined ? Infinity : Number(expiration));
    return ttl === Infinity ? undefined : this.#now() + ttl;
  }

  #watch({ expiresAt = Infinity }: StoredMessage): void {
    if (expiresAt === Infinity || this.declaration.arguments?.['x-dead-letter-exchange'] === undefined) return;
    if (this.#alarm && this.#alarm.at <= expiresAt) return;
    this.#alarm?.cancel();
    this.#alarm = { at: expiresAt, cancel: this.#clock.at(new Date(expiresAt), () => this.#onAlarm()) };
  }

  #onAlarm(): void {
    this.#alarm = undefined;
    this.#dropExpired();
    for (const stored of this.#ready) this.#watch(stored);
  }

  #dropExpired(): void {
    if (!this.#mayExpire) return;
    const now = this.#now();
    const dead = this.#ready.filter(({ expiresAt = Infinity }) => expiresAt <= now);
    if (dead.length === 0) return;
    this.#ready = this.#ready.filter(({ expiresAt = Infinity }) => expiresAt > now);
    for (const stored of dead) this.#onDeath(stored, 'expired');
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
