import { randomUUID } from 'node:crypto';
import type { Broker, Delivery } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { ContentRegistry } from '../protocol/content.js';
import { decodeControlAnswer, encodeControlRequest } from '../protocol/control-message.js';
import type { ControlReply, ReplyTo } from '../protocol/control-message.js';
import type { CompiledConfig } from './compiled-config.js';
import { controlCodec } from './control-codec.js';
import type { LamportClock } from './lamport-clock.js';
import { Pidbox } from './pidbox.js';
import { ReplyInbox } from './reply-inbox.js';

/** Whom a command goes to, and whether its answers are waited for. Celery's options of `broadcast`. */
export interface BroadcastOptions {
  /** Node names: `['celery@host']`. @default every worker */
  destination?: readonly string[];
  /** Workers whose node name fits, where no destination is given. @default every worker */
  pattern?: string;
  /** How to read the pattern. @default 'glob' */
  matcher?: 'glob' | 'pcre';
  /** Wait for answers. @default false; `ping` waits */
  reply?: boolean;
  /** Seconds to wait for answers. @default 1 */
  timeout?: number;
  /** Answers to wait for. @default the number of destinations; without them, as many as come in time */
  limit?: number;
  /** Called with each answer as it comes. */
  callback?: (reply: ControlReply) => void;
}

export interface BroadcasterDeps {
  readonly broker: Broker;
  readonly content: ContentRegistry;
  readonly config: CompiledConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly logicalClock: LamportClock;
}

/** Sends commands to workers and gathers what they answer. The client's side of kombu's `Mailbox`. */
export class Broadcaster {
  readonly #deps: BroadcasterDeps;
  readonly #pidbox: Pidbox;
  readonly #codec: ReturnType<typeof controlCodec>;

  constructor(deps: BroadcasterDeps) {
    this.#deps = deps;
    this.#pidbox = new Pidbox(deps.config);
    this.#codec = controlCodec(deps.content, deps.config);
  }

  /** @throws BrokerUnavailable, PublishTimeout, EncodeError; ImproperlyConfigured for a destination that is no list */
  async broadcast(
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: BroadcastOptions,
  ): Promise<ControlReply[]> {
    const { broker } = this.#deps;
    if (options.destination !== undefined && !Array.isArray(options.destination)) {
      throw new ImproperlyConfigured(`The destination of '${method}' must be a list of node names.`);
    }
    if (broker.status.state === 'idle') await broker.connect();
    if (options.reply === true) return this.#ask(method, args, options);
    await this.#send(method, args, options, null);
    return [];
  }

  async #ask(
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: BroadcastOptions,
  ): Promise<ControlReply[]> {
    const id = randomUUID();
    const ticket = randomUUID();
    const queue = this.#pidbox.inbox(id);
    const answers = new Answers(options);
    const onDelivery = (delivery: Delivery) => this.#receive(delivery, ticket, answers);
    const inbox = await ReplyInbox.open({ broker: this.#deps.broker, queue, onDelivery });
    try {
      await this.#send(method, args, options, { exchange: queue.exchange, routingKey: id, ticket });
      await this.#wait(options.timeout ?? DEFAULT_TIMEOUT, AbortSignal.any([answers.complete, inbox.lost.signal]));
      if (!answers.complete.aborted) inbox.lost.signal.throwIfAborted();
      return answers.replies;
    } finally {
      await inbox.close();
    }
  }

  async #send(
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: BroadcastOptions,
    reply: ReplyTo | null,
  ): Promise<void> {
    const { broker, config, clock, logicalClock } = this.#deps;
    const { destination = null, pattern = null, timeout = DEFAULT_TIMEOUT } = options;
    const matcher = pattern === null ? null : (options.matcher ?? 'glob');
    const expires = timeout > 0 ? clock.now().getTime() / 1000 + timeout : 0;
    const request = { method, arguments: args, destination, pattern, matcher, reply, clock: logicalClock.forward() };
    const message = encodeControlRequest({ ...request, expires }, this.#codec.writing);
    await broker.declare(this.#pidbox.requests);
    const publishing = { confirm: config.publishConfirm, mandatory: false, timeout: config.publishTimeout * 1000 };
    await broker.publish(message, { exchange: this.#pidbox.requests.name, routingKey: '' }, publishing);
  }

  #receive({ message }: Delivery, ticket: string, answers: Answers): void {
    const { clock, logger, logicalClock } = this.#deps;
    try {
      const answer = decodeControlAnswer(message, this.#codec.reading());
      logicalClock.adjust(answer.clock);
      const late = answer.expires > 0 && answer.expires < clock.now().getTime() / 1000;
      if (answer.ticket === ticket && !late) answers.add(answer.reply);
    } catch (error) {
      logger.warn(`An answer to a command was left out: ${String(error)}`);
    }
  }

  /** Until the time is over, or the signal says that no more is to come. */
  async #wait(seconds: number, signal: AbortSignal): Promise<void> {
    await this.#deps.clock.sleep(seconds * 1000, signal).catch(() => undefined);
  }
}

/** Seconds. */
const DEFAULT_TIMEOUT = 1;

/** The answers to one question. */
class Answers {
  readonly replies: ControlReply[] = [];
  readonly #complete = new AbortController();
  readonly #limit: number;
  readonly #callback: BroadcastOptions['callback'];

  constructor({ limit, destination, callback }: BroadcastOptions) {
    this.#limit = limit || destination?.length || Infinity;
    this.#callback = callback;
  }

  /** Aborts when as many have come as were asked for. */
  get complete(): AbortSignal {
    return this.#complete.signal;
  }

  add(reply: ControlReply): void {
    if (this.replies.length >= this.#limit) return;
    this.replies.push(reply);
    this.#callback?.(reply);
    if (this.replies.length >= this.#limit) this.#complete.abort();
  }
}
