import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect } from 'amqplib';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { BrokerUnavailable } from '@nestjs-celery/core';
import { channelNumber, connectionInternals, interceptReads } from './amqplib-internals.js';
import type { AmqplibConnection } from './amqplib-internals.js';
import { connectError, lostError, requestError } from './amqp-errors.js';
import type { AmqpServer } from './amqp-server.js';
import { address, socketOptions } from './connect-options.js';
import type { ConnectionSettings } from './connect-options.js';
import { safeUrl } from './safe-url.js';
import { ContentReader } from './wire/content-reader.js';
import type { ContentHandlers } from './wire/content-reader.js';
import { FrameSplitter } from './wire/frame-splitter.js';

interface ConnectionEvents {
  /** Told once. The connection is of no use any more. */
  lost: [error: Error];
  blocked: [reason: string | undefined];
  drain: [];
}

/** A channel whose messages are read by us. */
export interface ContentChannel {
  readonly channel: Channel;
  readonly number: number;
}

/** One open connection. It does not come back: `AmqpLink` opens another. */
export class AmqpConnection {
  readonly events = new EventEmitter<ConnectionEvents>();
  readonly #model: ChannelModel;
  readonly #internals: AmqplibConnection;
  readonly #server: AmqpServer;
  readonly #settings: ConnectionSettings;
  readonly #splitter: FrameSplitter;
  #lost: Error | undefined;
  #reason: unknown;
  #blocked: string | undefined;
  #closing: Promise<void> | undefined;
  #congested = false;

  private constructor(
    model: ChannelModel,
    internals: AmqplibConnection,
    server: AmqpServer,
    settings: ConnectionSettings,
  ) {
    this.#model = model;
    this.#internals = internals;
    this.#server = server;
    this.#settings = settings;
    this.#splitter = new FrameSplitter(this.#internals.maxFrameSize);
    this.events.setMaxListeners(0);
    this.#listen();
    interceptReads(this.#internals, (bytes) => this.#splitter.push(bytes));
  }

  /** @throws BrokerUnavailable, AccessRefused, ImproperlyConfigured */
  static async open(server: AmqpServer, settings: ConnectionSettings): Promise<AmqpConnection> {
    const model = await connectTo(server, settings);
    try {
      return new AmqpConnection(model, connectionInternals(model), server, settings);
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  /** Product and version: `['RabbitMQ', '3.10.8']`. */
  get peer(): [product: string, version: string] {
    const { product, version } = this.#internals.serverProperties;
    return [String(product), String(version)];
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Why the broker takes no messages at the moment (memory or disk low). */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** The socket takes no more: wait for 'drain'. */
  get congested(): boolean {
    return this.#congested;
  }

  get maxFrame(): number {
    return this.#internals.frameMax;
  }

  /** A channel for requests only. @throws BrokerUnavailable */
  async openChannel(): Promise<Channel> {
    return this.#open(() => this.#model.createChannel());
  }

  /** A channel whose messages go to `handlers`; with `confirm` the broker answers each publish. @throws BrokerUnavailable */
  async openContentChannel(handlers: ContentHandlers, options: { confirm: boolean }): Promise<ContentChannel> {
    const channel = await this.#open<Channel | ConfirmChannel>(() =>
      options.confirm ? this.#model.createConfirmChannel() : this.#model.createChannel(),
    );
    const number = channelNumber(channel);
    this.#splitter.attach(number, new ContentReader(handlers));
    channel.on('close', () => this.#splitter.detach(number));
    return { channel, number };
  }

  /** Writes whole frames. */
  write(frames: Buffer): void {
    if (this.#lost || frames.length === 0) return;
    if (!this.#stream.write(frames)) this.#congested = true;
  }

  /** Closes a channel; does not wait for ever for a broker that no longer answers. */
  async closeChannel(channel: Channel): Promise<void> {
    const closed = new Promise((resolve) => channel.once('close', resolve));
    await this.#patiently([channel.close(), closed]);
  }

  /** The answer to a request. A silent broker is noticed by its heartbeats, too, but a publisher must know in time. @throws BrokerUnavailable */
  async answered<T>(request: Promise<T>): Promise<T> {
    const { clock, requestTimeout } = this.#settings;
    const done = new AbortController();
    const silence = clock.sleep(requestTimeout * 1000, done.signal).then(() => {
      throw new BrokerUnavailable(`${safeUrl(this.#server)} did not answer within ${requestTimeout} s.`);
    });
    try {
      return await Promise.race([request, silence]);
    } finally {
      done.abort();
    }
  }

  /** Says goodbye to the broker. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#lost ? Promise.resolve() : this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.events.once('lost', resolve));
    await this.#patiently([this.#model.close(), closed]);
    // amqplib stops its heartbeat only for a goodbye or an error
    this.#stream.destroy(this.#lost ? undefined : new Error('The broker did not answer the goodbye.'));
  }

  /** Waits for the first, as long as for a new connection; it may fail because the other side was faster. */
  async #patiently(promises: readonly Promise<unknown>[]): Promise<void> {
    const { clock, connectionTimeout } = this.#settings;
    const done = new AbortController();
    const patience = clock.sleep(connectionTimeout * 1000, done.signal);
    await Promise.race([...promises, patience].map((promise) => promise.catch(() => {})));
    done.abort();
  }

  get #stream(): Duplex {
    return this.#internals.stream;
  }

  async #open<T extends Channel>(create: () => Promise<T>): Promise<T> {
    if (this.#lost) throw this.#lost;
    try {
      const channel = await create();
      // Without a listener, an error of a channel would end the process; whoever uses the channel listens for what it needs.
      channel.on('error', () => {});
      return channel;
    } catch (error) {
      throw this.#lost ?? requestError(error, 'open a channel');
    }
  }

  #listen(): void {
    const model = this.#model;
    model.on('error', (error: Error) => (this.#reason = error));
    model.on('close', (error?: Error) => this.#onClose(error));
    model.on('blocked', (reason: string) => this.#onBlocked(reason));
    model.on('unblocked', () => this.#onBlocked(undefined));
    this.#stream.on('drain', () => {
      this.#congested = false;
      this.events.emit('drain');
    });
  }

  #onClose(error: Error | undefined): void {
    const reason = this.#reason ?? error;
    this.#lost = this.#closing
      ? new BrokerUnavailable(`The connection to ${safeUrl(this.#server)} is closed.`)
      : lostError(reason, this.#server);
    // A peer that no longer answers would keep the socket half open for minutes.
    if (this.#reason) this.#stream.destroy();
    this.events.emit('lost', this.#lost);
  }

  #onBlocked(reason: string | undefined): void {
    this.#blocked = reason;
    this.events.emit('blocked', reason);
  }
}

async function connectTo(server: AmqpServer, settings: ConnectionSettings): Promise<ChannelModel> {
  try {
    return await connect(address(server, settings), socketOptions(server, settings));
  } catch (error) {
    throw connectError(error, server);
  }
}
