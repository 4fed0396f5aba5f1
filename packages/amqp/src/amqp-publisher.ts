import type { Clock, Logger, OutgoingMessage, PublishOptions, Route } from '@nestjs-celery/core';
import { Alarm } from './alarm.js';
import type { AmqpLink } from './amqp-link.js';
import { PendingPublish } from './pending-publish.js';
import { PublishLane } from './publish-lane.js';

export interface PublisherOptions {
  link: AmqpLink;
  clock: Clock;
  logger: Logger;
  confirm: boolean;
  maxUnconfirmed: number;
}

/**
 * Sends messages in the order of the calls and settles each with its own answer; nothing in here waits for one message.
 * What the lane has no room for waits in memory, no longer than its timeout.
 */
export class AmqpPublisher {
  readonly #options: PublisherOptions;
  readonly #waiting = new Set<PendingPublish>();
  readonly #alarm: Alarm;
  #lane: PublishLane | undefined;
  #opening = false;
  #onIdle: (() => void)[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, (now) => this.#expire(now));
  }

  publish(message: OutgoingMessage, route: Route, { mandatory, timeout }: PublishOptions): Promise<void> {
    const deadline = this.#options.clock.monotonic() + timeout;
    return new Promise((resolve, reject) => {
      const { exchange, routingKey } = route;
      const what = { message, route: { exchange, routingKey, mandatory }, deadline, timeout };
      const pending = new PendingPublish(what, resolve, reject);
      if (this.#options.confirm) this.#alarm.set(deadline);
      if (this.#waiting.size === 0 && this.#lane?.hasRoom) return this.#lane.send(pending);
      this.#alarm.set(deadline);
      this.#waiting.add(pending);
      this.#sendWaiting();
    });
  }

  /** Resolves when every message has its answer; their timeouts see to it that this comes. */
  async drained(): Promise<void> {
    while (!this.#idle) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#lane?.flush();
    this.#alarm.clear();
  }

  get #idle(): boolean {
    return this.#waiting.size === 0 && [...(this.#lane?.unconfirmed ?? [])].every((pending) => pending.settled);
  }

  #sendWaiting(): void {
    if (this.#waiting.size > 0 && !this.#lane?.open) void this.#openLane();
    for (const pending of this.#waiting) {
      if (!this.#lane?.hasRoom) return;
      this.#waiting.delete(pending);
      this.#lane.send(pending);
    }
    this.#tellIdle();
  }

  async #openLane(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    try {
      const { link, ...options } = this.#options;
      const onRoom = () => this.#sendWaiting();
      this.#lane = await PublishLane.open(await link.connection(), { ...options, onRoom });
    } catch (error) {
      this.#refuseWaiting(error as Error);
    } finally {
      this.#opening = false;
    }
    this.#sendWaiting();
  }

  /** Nothing of these was written: trying again cannot send one twice. */
  #refuseWaiting(error: Error): void {
    for (const pending of this.#waiting) pending.reject(error);
    this.#waiting.clear();
  }

  #expire(now: number): number | undefined {
    let next: number | undefined;
    const look = (pending: PendingPublish, why: string, sent: boolean) => {
      if (pending.deadline <= now) {
        this.#waiting.delete(pending);
        pending.timeOut(why, sent);
      } else next = Math.min(next ?? Infinity, pending.deadline);
    };
    for (const pending of this.#lane?.unconfirmed ?? []) if (!pending.settled) look(pending, ANSWER_MISSING, true);
    for (const pending of this.#waiting) look(pending, this.#whyWaiting(), false);
    this.#tellIdle();
    return next;
  }

  #whyWaiting(): string {
    const { link, confirm } = this.#options;
    const blocked = link.current?.blocked;
    if (blocked !== undefined) return `It was not sent: the broker takes no messages at the moment (${blocked}).`;
    if (!link.current || !this.#lane?.open) return 'It was not sent: the connection is not open yet.';
    return confirm
      ? 'It was not sent: earlier messages still wait for their confirms.'
      : 'It was not sent: the socket is full.';
  }

  #tellIdle(): void {
    if (this.#onIdle.length === 0 || !this.#idle) return;
    const told = this.#onIdle;
    this.#onIdle = [];
    for (const tell of told) tell();
  }
}

const ANSWER_MISSING = 'It was sent, and may or may not have arrived.';
