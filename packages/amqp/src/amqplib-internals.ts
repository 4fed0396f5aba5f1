import type { Duplex } from 'node:stream';
import type { Channel, ChannelModel, ServerProperties } from 'amqplib';
import { ImproperlyConfigured } from '@nestjs-celery/core';

/**
 * What we use of amqplib beyond its public interface, all in this file. amqplib does the handshake, heartbeats and every
 * request with an answer; the frames that carry messages are ours (`wire/`), because its header codec throws on integers
 * that Python sends, rounds others, and writes small ones with tags that Python reads wrongly.
 */
export interface AmqplibConnection {
  readonly stream: Duplex;
  /** Bytes of a frame that is not complete yet. */
  rest: Buffer;
  readonly frameMax: number;
  readonly maxFrameSize: number;
  readonly serverProperties: ServerProperties;
}

/** @throws ImproperlyConfigured when the amqplib that is installed is built differently. */
export function connectionInternals(model: ChannelModel): AmqplibConnection {
  const connection = model.connection as unknown as Partial<AmqplibConnection>;
  const { stream, rest, frameMax, maxFrameSize } = connection;
  if (typeof stream?.read === 'function' && Buffer.isBuffer(rest) && isNumber(frameMax) && isNumber(maxFrameSize)) {
    return connection as AmqplibConnection;
  }
  throw new ImproperlyConfigured('This version of amqplib is not known to @nestjs-celery/amqp: install amqplib 2.3.');
}

/** The number of a channel on its connection. */
export function channelNumber(channel: Channel): number {
  const { ch } = channel as unknown as { ch?: unknown };
  if (isNumber(ch)) return ch;
  throw new ImproperlyConfigured('This version of amqplib is not known to @nestjs-celery/amqp: install amqplib 2.3.');
}

/** Sends every byte that comes through `filter` before amqplib sees it, beginning with what amqplib holds already. */
export function interceptReads(connection: AmqplibConnection, filter: (bytes: Buffer) => Buffer): void {
  const { stream } = connection;
  const read = stream.read.bind(stream) as (size?: number) => Buffer | null;
  connection.rest = filter(connection.rest);
  stream.read = (size?: number) => {
    const bytes = read(size);
    return bytes === null ? null : filter(bytes);
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
