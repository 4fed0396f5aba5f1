import type { Channel } from 'amqplib';
import type {
  BindingDeclaration,
  DeclareArguments,
  ExchangeDeclaration,
  QueueDeclaration,
  Topology,
} from '@nestjs-celery/core';
import type { AmqpConnection } from './amqp-connection.js';
import { requestError } from './amqp-errors.js';

/** Names that RabbitMQ keeps for itself: they exist and may not be declared. */
const RESERVED = 'amq.';
const INT32 = 2 ** 31;

/** What was declared on one connection. Declares on a channel of its own, which a refusal may close without harm to anybody. */
export class Declarations {
  readonly #connection: AmqpConnection;
  #known = new WeakMap<Topology, Promise<void>>();
  #channel: Channel | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: AmqpConnection) {
    this.#connection = connection;
  }

  /** Callers with the same topology share one declaration. @throws PreconditionFailed, AccessRefused, BrokerUnavailable */
  declare(topology: Topology): Promise<void> {
    const known = this.#known.get(topology);
    if (known) return known;
    const declared = this.#inTurn(() => this.#declare(topology));
    this.#known.set(topology, declared);
    const forget = () => this.#known.delete(topology);
    declared.then(isLasting(topology) ? undefined : forget, forget);
    return declared;
  }

  /** The next `declare` asks the broker again: something was deleted there. */
  forget(): void {
    this.#known = new WeakMap();
  }

  /** One after the other: a refused declaration closes the channel under all that are on it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn;
    return turn;
  }

  async #declare({ exchanges, queues, bindings, exchangeBindings = [] }: Topology): Promise<void> {
    for (const exchange of exchanges) await this.#exchange(exchange);
    for (const queue of queues) await this.#queue(queue);
    for (const binding of bindings) if (binding.exchange !== '') await this.#bind(binding);
    for (const { destination, source, routingKey } of exchangeBindings) {
      const doing = `bind exchange '${destination}' to exchange '${source}'`;
      await this.#request(doing, (channel) => channel.bindExchange(destination, source, routingKey));
    }
  }

  async #bind({ queue, exchange, routingKey, arguments: args }: BindingDeclaration): Promise<void> {
    const doing = `bind queue '${queue}' to exchange '${exchange}'`;
    await this.#request(doing, (channel) => channel.bindQueue(queue, exchange, routingKey, taggedArguments(args)));
  }

  async #exchange({ name, type, durable, autoDelete, arguments: args }: ExchangeDeclaration): Promise<void> {
    if (name === '' || name.startsWith(RESERVED)) return;
    const options = { durable, autoDelete, arguments: taggedArguments(args) };
    await this.#request(`declare exchange '${name}' (${type})`, (channel) =>
      channel.assertExchange(name, type, options),
    );
  }

  async #queue({ name, durable, exclusive, autoDelete, arguments: args }: QueueDeclaration): Promise<void> {
    const options = { durable, exclusive, autoDelete, arguments: taggedArguments(args) };
    await this.#request(`declare queue '${name}'`, (channel) => channel.assertQueue(name, options));
  }

  async #request<T>(doing: string, request: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      return await this.#connection.answered(this.#open().then(request));
    } catch (error) {
      throw this.#connection.lost ?? requestError(error, doing);
    }
  }

  async #open(): Promise<Channel> {
    if (this.#channel) return this.#channel;
    const channel = await this.#connection.openChannel();
    this.#channel = channel;
    channel.on('close', () => (this.#channel = undefined));
    return channel;
  }
}

/** kombu's rule: what the broker may delete by itself is declared each time. */
function isLasting({ exchanges, queues }: Topology): boolean {
  return (
    !exchanges.some((it) => it.autoDelete) &&
    !queues.some((it) => it.autoDelete || it.arguments?.['x-expires'] !== undefined)
  );
}

/** Integers in 32 or 64 bits, as py-amqp writes them, never in the short forms that amqplib would choose. */
function taggedArguments(args: DeclareArguments = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, tagged(value)]));
}

function tagged(value: string | number | boolean): unknown {
  if (!Number.isInteger(value)) return value;
  const fits = Number(value) >= -INT32 && Number(value) < INT32;
  return { '!': fits ? 'int32' : 'int64', value };
}
