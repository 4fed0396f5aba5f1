import { BrokerUnavailable, PublishTimeout } from '@nestjs-celery/core';
import type { OutgoingMessage, Route } from '@nestjs-celery/core';
import { requestError } from './amqp-errors.js';
import { ByteWriter } from './wire/byte-writer.js';
import type { Content, ReturnMethod } from './wire/content-reader.js';
import { writeTable } from './wire/field-table-writer.js';

/** A message between the call of `publish()` and the broker's answer. */
export class PendingPublish {
  readonly message: OutgoingMessage;
  readonly route: Route & { mandatory: boolean };
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly timeout: number;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #settled = false;

  constructor(
    what: { message: OutgoingMessage; route: Route & { mandatory: boolean }; deadline: number; timeout: number },
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.message = what.message;
    this.route = what.route;
    this.deadline = what.deadline;
    this.timeout = what.timeout;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(): void {
    this.#settled = true;
    this.#resolve();
  }

  /** Of several answers the first one counts. */
  reject(error: Error): void {
    this.#settled = true;
    this.#reject(error);
  }

  /** The broker did not answer; `why` says what we know. */
  timeOut(why: string, sent: boolean): void {
    const { exchange, routingKey } = this.route;
    this.reject(new PublishTimeout(exchange, routingKey, this.timeout, why, sent));
  }

  /** The channel was closed under the message: some errors say it was for this one. */
  abandon(error: Error): void {
    const { exchange, routingKey } = this.route;
    const where = `exchange '${exchange}', routing key '${routingKey}'`;
    if (this.#isAbout(error)) return this.reject(requestError(error, `publish to ${where}`));
    const message = `No confirm came for a message to ${where}, it may or may not have arrived. ${error.message}`;
    this.reject(new BrokerUnavailable(message, { cause: error }));
  }

  #isAbout({ message }: Error): boolean {
    const size = /message size (\d+)/.exec(message)?.[1];
    if (size !== undefined) return Number(size) === this.message.body.length;
    return this.route.exchange !== '' && /exchange '([^']*)'/.exec(message)?.[1] === this.route.exchange;
  }
}

/**
 * Which message the broker returned. It says route and content, no number; messages that equal each other
 * in route, body, ids and headers are as good as one another.
 */
export function findReturned(
  pending: Iterable<PendingPublish>,
  { exchange, routingKey }: ReturnMethod,
  returned: Content,
): PendingPublish | undefined {
  let nearest: PendingPublish | undefined;
  let table: Buffer | undefined;
  for (const candidate of pending) {
    const { route, message, settled } = candidate;
    if (settled || !route.mandatory || route.exchange !== exchange || route.routingKey !== routingKey) continue;
    if (!sameIds(message, returned) || !message.body.equals(returned.body)) continue;
    table ??= encoded(returned.headers);
    if (encoded(message.headers).equals(table)) return candidate;
    nearest ??= candidate;
  }
  return nearest;
}

function sameIds({ properties: a }: OutgoingMessage, { properties: b }: Content): boolean {
  return a.correlationId === b.correlationId && a.messageId === b.messageId;
}

function encoded(headers: OutgoingMessage['headers']): Buffer {
  const writer = new ByteWriter();
  writeTable(writer, headers);
  return writer.take();
}
