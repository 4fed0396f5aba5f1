import type {
  BindingDeclaration,
  ExchangeDeclaration,
  OutgoingMessage,
  QueueDeclaration,
  Route,
  Topology,
} from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import { NotFound, PreconditionFailed } from '../errors/broker-errors.js';
import { copyMessage } from './copy-message.js';
import { deadLetter, deadLetterRoute } from './dead-letter.js';
import type { DeathReason } from './dead-letter.js';
import { MemoryExchange } from './memory-exchange.js';
import type { RoutedMessage } from './memory-exchange.js';
import { MemoryQueue } from './memory-queue.js';
import type { StoredMessage } from './memory-queue.js';

/** What brokers of one `memory://` name share: exchanges, queues, messages. */
export class MemoryHub {
  readonly #exchanges = new Map<string, MemoryExchange>();
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws PreconditionFailed when one of them exists with other settings */
  declare({ exchanges, queues, bindings, exchangeBindings = [] }: Topology): void {
    for (const exchange of exchanges) this.#declareExchange(exchange);
    for (const queue of queues) this.#declareQueue(queue);
    for (const binding of bindings) this.#bind(binding);
    for (const binding of exchangeBindings) {
      this.#exchange(binding.destination);
      this.#exchange(binding.source).bindExchange(binding);
    }
  }

  /** Puts a copy of a message into every queue that wants it; returns how many did. @throws NotFound when there is no such exchange */
  route(message: OutgoingMessage, route: Route): number {
    const { exchange, routingKey } = route;
    const names = exchange === '' ? [routingKey] : this.#reach(exchange, { routingKey, headers: message.headers });
    let count = 0;
    for (const name of names) {
      const queue = this.#queues.get(name);
      if (!queue) continue;
      queue.push(copyMessage(message, route));
      count++;
    }
    return count;
  }

  findQueue(name: string): MemoryQueue | undefined {
    return this.#queues.get(name);
  }

  /** @throws NotFound */
  queue(name: string): MemoryQueue {
    const queue = this.#queues.get(name);
    if (queue) return queue;
    throw new NotFound(`There is no queue '${name}' in this memory broker. Declare it first, or correct its name.`);
  }

  deleteQueue(name: string): void {
    this.#queues.get(name)?.close();
    this.#queues.delete(name);
    for (const exchange of this.#exchanges.values()) exchange.unbind(name);
  }

  /** Calls every timer off. */
  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  /** The queues that a message reaches from an exchange, over as many others as it takes; each exchange once. */
  #reach(start: string, message: RoutedMessage): Set<string> {
    const reached = new Set<string>();
    const seen = new Set([start]);
    for (const name of seen) {
      const { queues, exchanges } = this.#exchange(name).route(message);
      for (const queue of queues) reached.add(queue);
      for (const exchange of exchanges) seen.add(exchange);
    }
    return reached;
  }

  /** A message that expired or was rejected goes where its queue says; where there is nothing, it is gone. */
  #bury(queue: QueueDeclaration, { message }: StoredMessage, reason: DeathReason): void {
    const route = deadLetterRoute(queue, message);
    if (route === undefined || (route.exchange !== '' && !this.#exchanges.has(route.exchange))) return;
    this.route(deadLetter(message, queue.name, reason, this.#clock.now().getTime()), route);
  }

  #exchange(name: string): MemoryExchange {
    const exchange = this.#exchanges.get(name);
    if (exchange) return exchange;
    throw new NotFound(`There is no exchange '${name}' in this memory broker. Declare it, or correct the route.`);
  }

  #declareExchange(declaration: ExchangeDeclaration): void {
    if (declaration.name === '') return;
    const known = this.#exchanges.get(declaration.name);
    if (known) assertEqual(`exchange '${declaration.name}'`, known.declaration, declaration);
    else this.#exchanges.set(declaration.name, new MemoryExchange(declaration));
  }

  #declareQueue(declaration: QueueDeclaration): void {
    const known = this.#queues.get(declaration.name);
    if (known) return assertEqual(`queue '${declaration.name}'`, known.declaration, declaration);
    const onDeath = (stored: StoredMessage, reason: DeathReason) => this.#bury(declaration, stored, reason);
    this.#queues.set(declaration.name, new MemoryQueue(declaration, this.#clock, onDeath));
  }

  #bind(binding: BindingDeclaration): void {
    if (binding.exchange !== '') this.#exchange(binding.exchange).bind(binding);
  }
}

function assertEqual<T extends ExchangeDeclaration | QueueDeclaration>(what: string, known: T, wanted: T): void {
  const differs = (a: object, b: object) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].find(
      (key) => key !== 'arguments' && a[key as keyof object] !== b[key as keyof object],
    );
  const setting = differs(known, wanted) ?? differs(known.arguments ?? {}, wanted.arguments ?? {});
  if (setting === undefined) return;
  throw new PreconditionFailed(
    `The ${what} exists with another '${setting}': declare it alike everywhere, or delete it first.`,
  );
}
