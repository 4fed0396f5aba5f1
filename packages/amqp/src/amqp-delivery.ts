import type { Delivery, ReceivedMessage } from '@nestjs-celery/core';
import type { Content, DeliverMethod } from './wire/content-reader.js';

/** Where a delivery is settled: its channel. */
export interface Settler {
  /** @returns whether the channel was still there. */
  ack(tag: number): boolean;
  reject(tag: number, requeue: boolean): boolean;
  /** Resolves when every ack up to now is on the connection, or lost with it. */
  written(): Promise<void>;
}

/** A message of one channel. Settled once: a second call changes nothing and gives the same answer. */
export class AmqpDelivery implements Delivery {
  readonly message: ReceivedMessage;
  readonly queue: string;
  readonly redelivered: boolean;
  declare readonly deliveryCount?: number;
  readonly #tag: number;
  readonly #settler: Settler | undefined;
  #answer: 'sent' | 'stale' | undefined;

  /** @param settler undefined: the broker forgot the message when it delivered it. */
  constructor(queue: string, method: DeliverMethod, content: Content, settler: Settler | undefined) {
    const { body, headers, properties } = content;
    const { exchange, routingKey } = method;
    this.message = { body, headers, properties, exchange, routingKey };
    this.queue = queue;
    this.redelivered = method.redelivered;
    this.#tag = method.deliveryTag;
    this.#settler = settler;
    const count = headers['x-delivery-count'];
    if (typeof count === 'number') this.deliveryCount = count;
  }

  ack(): 'sent' | 'stale' {
    return this.#settle((settler) => settler.ack(this.#tag));
  }

  reject({ requeue = false }: { requeue?: boolean } = {}): 'sent' | 'stale' {
    return this.#settle((settler) => settler.reject(this.#tag, requeue));
  }

  written(): Promise<void> {
    return this.#settler?.written() ?? Promise.resolve();
  }

  #settle(how: (settler: Settler) => boolean): 'sent' | 'stale' {
    this.#answer ??= !this.#settler || how(this.#settler) ? 'sent' : 'stale';
    return this.#answer;
  }
}
