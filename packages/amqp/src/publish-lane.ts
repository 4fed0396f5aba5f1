import type { Channel } from 'amqplib';
import { MessageNacked, MessageReturned } from '@nestjs-celery/core';
import type { Logger } from '@nestjs-celery/core';
import type { AmqpConnection } from './amqp-connection.js';
import { findReturned } from './pending-publish.js';
import type { PendingPublish } from './pending-publish.js';
import { ByteWriter } from './wire/byte-writer.js';
import type { Content, ReturnMethod } from './wire/content-reader.js';
import { writePublish } from './wire/publish-frames.js';

/** Frames are handed to the socket together, at the end of the turn or when this many bytes have come together. */
const FLUSH_BYTES = 64 * 1024;

export interface LaneOptions {
  /** The broker answers each message. Without it a message counts as sent when it was written. */
  confirm: boolean;
  maxUnconfirmed: number;
  logger: Logger;
  /** There may be room again. */
  onRoom(): void;
}

/** One channel for publishing. It ends with its channel; messages without an answer are rejected then. */
export class PublishLane {
  readonly #connection: AmqpConnection;
  readonly #options: LaneOptions;
  readonly #writer = new ByteWriter();
  /** By publish number, in order: the broker counts the messages of a channel from 1. */
  readonly #unconfirmed = new Map<number, PendingPublish>();
  #number = 0;
  #sequence = 0;
  #flushing = false;
  #open = true;

  private constructor(connection: AmqpConnection, options: LaneOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @throws BrokerUnavailable */
  static async open(connection: AmqpConnection, options: LaneOptions): Promise<PublishLane> {
    const lane = new PublishLane(connection, options);
    const { channel, number } = await connection.openContentChannel(
      {
        returned: (method, content) => lane.#onReturned(method, content),
        confirmed: (tag, multiple, accepted) => lane.#onConfirmed(tag, multiple, accepted),
      },
      { confirm: options.confirm },
    );
    if (connection.lost) throw connection.lost;
    lane.#number = number;
    lane.#listen(channel);
    return lane;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether the next message can go out now. */
  get hasRoom(): boolean {
    const { congested, blocked } = this.#connection;
    return this.#open && !congested && blocked === undefined && this.#unconfirmed.size < this.#options.maxUnconfirmed;
  }

  /** What was written and has no answer yet. */
  get unconfirmed(): Iterable<PendingPublish> {
    return this.#unconfirmed.values();
  }

  get size(): number {
    return this.#unconfirmed.size;
  }

  send(pending: PendingPublish): void {
    try {
      writePublish(this.#writer, this.#number, pending.message, pending.route, this.#connection.maxFrame);
    } catch (error) {
      pending.reject(error as Error);
      return;
    }
    if (this.#options.confirm) this.#unconfirmed.set(++this.#sequence, pending);
    else pending.resolve();
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#writer.length >= FLUSH_BYTES) this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.flush());
    }
  }

  /** Hands what was sent to the socket now. */
  flush(): void {
    this.#flushing = false;
    if (this.#writer.length > 0) this.#connection.write(this.#writer.take());
  }

  #listen(channel: Channel): void {
    const { events } = this.#connection;
    const onRoom = () => this.#options.onRoom();
    const onLost = (error: Error) => this.#end(error);
    events.on('drain', onRoom).on('blocked', onRoom).once('lost', onLost);
    channel.on('error', (error: Error) => {
      events.off('drain', onRoom).off('blocked', onRoom).off('lost', onLost);
      this.#end(error);
    });
  }

  #end(error: Error): void {
    this.#open = false;
    for (const pending of this.#unconfirmed.values()) pending.abandon(error);
    this.#unconfirmed.clear();
    this.#options.onRoom();
  }

  #onConfirmed(tag: number, multiple: boolean, accepted: boolean): void {
    if (!multiple) this.#answer(tag, accepted);
    else {
      for (const number of this.#unconfirmed.keys()) {
        if (number > tag) break;
        this.#answer(number, accepted);
      }
    }
    this.#options.onRoom();
  }

  #answer(number: number, accepted: boolean): void {
    const pending = this.#unconfirmed.get(number);
    this.#unconfirmed.delete(number);
    if (accepted) pending?.resolve();
    else pending?.reject(new MessageNacked(pending.route.exchange, pending.route.routingKey));
  }

  /** Comes before the confirm of the same message, which is positive: the broker is done with it. */
  #onReturned(method: ReturnMethod, content: Content): void {
    const error = new MessageReturned(method.exchange, method.routingKey, method.replyText);
    const pending = findReturned(this.#unconfirmed.values(), method, content);
    if (pending) pending.reject(error);
    else this.#options.logger.warn(error.message);
  }
}
