import type { Channel } from 'amqplib';
import { hasCode } from '@nestjs-celery/core';
import type { QueueAdmin, QueueDepth } from '@nestjs-celery/core';
import type { AmqpConnection } from './amqp-connection.js';
import { requestError } from './amqp-errors.js';

/** Looks into queues and empties them, each time on a channel of its own: a queue that does not exist closes it. */
export class AmqpQueueAdmin implements QueueAdmin {
  readonly #connection: () => Promise<AmqpConnection>;
  readonly #onDeleted: () => void;

  constructor(connection: () => Promise<AmqpConnection>, onDeleted: () => void) {
    this.#connection = connection;
    this.#onDeleted = onDeleted;
  }

  async depth(queue: string): Promise<QueueDepth | undefined> {
    try {
      const found = await this.#ask(`look at queue '${queue}'`, (channel) => channel.checkQueue(queue));
      return { messages: found.messageCount, consumers: found.consumerCount };
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async purge(queue: string): Promise<number> {
    const { messageCount } = await this.#ask(`purge queue '${queue}'`, (channel) => channel.purgeQueue(queue));
    return messageCount;
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.#ask(`delete queue '${queue}'`, (channel) => channel.deleteQueue(queue));
    this.#onDeleted();
  }

  async #ask<T>(doing: string, request: (channel: Channel) => Promise<T>): Promise<T> {
    const connection = await this.#connection();
    const channel = await connection.openChannel();
    try {
      return await request(channel);
    } catch (error) {
      throw connection.lost ?? requestError(error, doing);
    } finally {
      await connection.closeChannel(channel);
    }
  }
}
