import type { Channel, ConsumeMessage } from 'amqplib';
import type { ConsumeOptions, Logger, Session, SessionHandlers } from '@nestjs-celery/core';
import { AckWindow } from './ack-window.js';
import type { AmqpConnection } from './amqp-connection.js';
import { AmqpDelivery } from './amqp-delivery.js';
import type { Settler } from './amqp-delivery.js';
import { requestError } from './amqp-errors.js';
import type { Content, DeliverMethod } from './wire/content-reader.js';

/** Above this, AMQP knows only "no limit". Celery does the same. */
const LARGEST_PREFETCH = 65_535;

export interface SessionOptions {
  handlers: SessionHandlers;
  logger: Logger;
  /** Whether one prefetch count can hold for the whole channel. */
  globalPrefetch: boolean;
  /** A queue was deleted under its consumer. */
  onCancelled(): void;
}

interface Subscription {
  readonly queue: string;
  readonly tag: string;
  readonly options: ConsumeOptions;
  active: boolean;
  /** The end of its consumer: asked for twice, both wait for the broker's answer. */
  cancelled: Promise<void>;
}

/** One channel of the consuming connection. It dies with its channel; the owner opens another. */
export class AmqpSession implements Session, Settler {
  readonly prefetchScope: Session['prefetchScope'];
  readonly #connection: AmqpConnection;
  readonly #options: SessionOptions;
  readonly #acks = new AckWindow((tag, multiple) => this.#sendAck(tag, multiple));
  readonly #byQueue = new Map<string, Subscription>();
  readonly #byTag = new Map<string, Subscription>();
  /** Kept until we leave: amqplib closes the channels of a lost connection before it tells that the connection is lost. */
  readonly #onConnectionLost = (error: Error) => this.#onLost(error);
  #channel: Channel | undefined;
  #consumers = 0;
  #prefetch = 0;
  #paused = false;
  #closing: Promise<void> | undefined;

  private constructor(connection: AmqpConnection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.prefetchScope = options.globalPrefetch ? 'session' : 'consumer';
  }

  /** @throws BrokerUnavailable */
  static async open(connection: AmqpConnection, options: SessionOptions): Promise<AmqpSession> {
    const session = new AmqpSession(connection, options);
    const { channel } = await connection.openContentChannel(
      { deliver: (method, content) => session.#onDeliver(method, content) },
      { confirm: false },
    );
    if (connection.lost) throw connection.lost;
    session.#listen(channel);
    return session;
  }

  /** Whether the channel is still there. */
  get open(): boolean {
    return this.#channel !== undefined;
  }

  async subscribe(queue: string, options: ConsumeOptions = {}): Promise<void> {
    if (this.#byQueue.has(queue)) return;
    const tag = options.consumerTag ?? `celery-${++this.#consumers}`;
    const subscription = { queue, tag, options, active: false, cancelled: Promise.resolve() };
    this.#byQueue.set(queue, subscription);
    this.#byTag.set(tag, subscription);
    if (!this.#paused) await this.#consume(subscription);
  }

  async unsubscribe(queue: string): Promise<void> {
    const subscription = this.#byQueue.get(queue);
    if (!subscription) return;
    this.#byQueue.delete(queue);
    await this.#cancel(subscription);
    this.#byTag.delete(subscription.tag);
  }

  async setPrefetch(count: number): Promise<void> {
    const limit = count > LARGEST_PREFETCH ? 0 : count;
    this.#prefetch = limit;
    await this.#request(`set the prefetch count to ${limit}`, (channel) =>
      channel.prefetch(limit, this.#options.globalPrefetch),
    );
  }

  async pause(): Promise<void> {
    this.#paused = true;
    await Promise.all([...this.#byQueue.values()].map((subscription) => this.#cancel(subscription)));
  }

  async resume(): Promise<void> {
    this.#paused = false;
    await Promise.all([...this.#byQueue.values()].map((subscription) => this.#consume(subscription)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  ack(tag: number): boolean {
    if (!this.#channel) return false;
    this.#acks.ack(tag);
    return true;
  }

  reject(tag: number, requeue: boolean): boolean {
    if (!this.#channel) return false;
    this.#acks.remove(tag);
    // quorum queues of RabbitMQ 4.3 count a reject as a failed delivery, and a nack not
    if (requeue) this.#channel.nack(deliveryOf(tag), false, true);
    else this.#channel.reject(deliveryOf(tag), false);
    return true;
  }

  written(): Promise<void> {
    return this.#acks.written();
  }

  async #close(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    this.#acks.flush();
    this.#leave();
    await this.#connection.closeChannel(channel);
  }

  async #consume(subscription: Subscription): Promise<void> {
    if (subscription.active) return;
    subscription.active = true;
    const { queue, tag, options } = subscription;
    const { noAck = false, exclusive = false, priority } = options;
    const args = priority === undefined ? {} : { 'x-priority': { '!': 'int32', value: priority } };
    await this.#request(`consume from queue '${queue}'`, async (channel) => {
      const counted = this.#countFor(options, channel);
      const consuming = channel.consume(queue, (message) => this.#onCancel(subscription, message), {
        consumerTag: tag,
        noAck,
        exclusive,
        arguments: args,
      });
      await Promise.all([counted, consuming]);
    });
  }

  /** A consumer takes over the count that was set last: nothing may come between the two requests, so nobody waits for the first. */
  #countFor({ prefetch = this.#prefetch }: ConsumeOptions, channel: Channel): unknown {
    if (this.prefetchScope === 'session') return undefined;
    return channel.prefetch(prefetch > LARGEST_PREFETCH ? 0 : prefetch, false);
  }

  #cancel(subscription: Subscription): Promise<void> {
    if (subscription.active) {
      subscription.active = false;
      subscription.cancelled = this.#request(`stop consuming from queue '${subscription.queue}'`, async (channel) => {
        await channel.cancel(subscription.tag);
      });
    }
    return subscription.cancelled;
  }

  async #request<T>(doing: string, request: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      if (!this.#channel) throw new Error('the channel is closed');
      return await request(this.#channel);
    } catch (error) {
      throw this.#connection.lost ?? requestError(error, doing);
    }
  }

  #listen(channel: Channel): void {
    this.#channel = channel;
    this.#connection.events.once('lost', this.#onConnectionLost);
    channel.on('error', (error: Error) => this.#onLost(requestError(error, 'keep the channel open')));
  }

  #onLost(error: Error): void {
    if (!this.#channel) return;
    this.#leave();
    this.#options.handlers.onLost(error);
  }

  /** From here on whatever was delivered belongs to the broker again. */
  #leave(): void {
    this.#channel = undefined;
    this.#connection.events.off('lost', this.#onConnectionLost);
    this.#acks.clear();
  }

  #onDeliver(method: DeliverMethod, content: Content): void {
    const subscription = this.#byTag.get(method.consumerTag);
    if (!subscription || !this.#channel) return;
    const { queue, options } = subscription;
    const { logger, handlers } = this.#options;
    if (content.problem) {
      logger.warn(
        `A message on queue '${queue}' has headers that cannot be read and is passed on without: ${content.problem}`,
      );
    }
    if (!options.noAck) this.#acks.add(method.deliveryTag);
    const delivery = new AmqpDelivery(queue, method, content, options.noAck ? undefined : this);
    try {
      handlers.onDelivery(delivery);
    } catch (error) {
      logger.error(`The handler of a message on queue '${queue}' threw; the message stays unsettled: ${String(error)}`);
    }
  }

  /** amqplib calls with null when the broker ended the subscription; messages never come this way. */
  #onCancel(subscription: Subscription, message: ConsumeMessage | null): void {
    if (message !== null || !subscription.active) return;
    subscription.active = false;
    this.#byQueue.delete(subscription.queue);
    this.#byTag.delete(subscription.tag);
    this.#options.onCancelled();
    this.#options.handlers.onCancelled(subscription.queue);
  }

  #sendAck(tag: number, multiple: boolean): void {
    this.#channel?.ack(deliveryOf(tag), multiple);
  }
}

/** amqplib wants the message itself, of which it reads only this. */
function deliveryOf(deliveryTag: number): ConsumeMessage {
  return { fields: { deliveryTag } } as ConsumeMessage;
}
