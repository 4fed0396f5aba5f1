import type { ExchangeDeclaration, QueueDeclaration, Topology } from '../contracts/broker.js';
import type { CompiledConfig } from './compiled-config.js';

type ControlSettings = Pick<CompiledConfig, 'controlExchange' | 'controlQueueTtl' | 'controlQueueExpires'>;

/** Exchanges and queues of remote control, declared as kombu's `Mailbox` does: anything else would be refused (406). */
export class Pidbox {
  /** What commands are sent to. */
  readonly requests: Topology & { readonly name: string };
  readonly #config: ControlSettings;
  readonly #requestExchange: ExchangeDeclaration;
  readonly #replyExchange: ExchangeDeclaration;

  constructor(config: ControlSettings) {
    this.#config = config;
    const name = `${config.controlExchange}.pidbox`;
    this.#requestExchange = { name, type: 'fanout', durable: false, autoDelete: false };
    this.#replyExchange = replyExchange(`reply.${name}`);
    this.requests = { name, exchanges: [this.#requestExchange], queues: [], bindings: [] };
  }

  /** A worker's own queue of commands. */
  mailbox(hostname: string): Topology & { readonly name: string } {
    const { name: exchange } = this.#requestExchange;
    const name = `${hostname}.${exchange}`;
    return {
      name,
      exchanges: [this.#requestExchange],
      queues: [this.#queue(name)],
      bindings: [{ queue: name, exchange, routingKey: '' }],
    };
  }

  /** A client's own queue of answers. */
  inbox(id: string): Topology & { readonly name: string; readonly exchange: string } {
    const { name: exchange } = this.#replyExchange;
    const name = `${id}.${exchange}`;
    return {
      name,
      exchange,
      exchanges: [this.#replyExchange],
      queues: [this.#queue(name)],
      bindings: [{ queue: name, exchange, routingKey: id }],
    };
  }

  /** The exchange that a command wants its answers in. */
  replies(exchange: string): Topology {
    return { exchanges: [replyExchange(exchange)], queues: [], bindings: [] };
  }

  #queue(name: string): QueueDeclaration {
    const { controlQueueTtl, controlQueueExpires } = this.#config;
    const milliseconds = { 'x-message-ttl': controlQueueTtl * 1000, 'x-expires': controlQueueExpires * 1000 };
    return { name, durable: false, exclusive: true, autoDelete: true, arguments: milliseconds };
  }
}

function replyExchange(name: string): ExchangeDeclaration {
  return { name, type: 'direct', durable: false, autoDelete: false };
}
