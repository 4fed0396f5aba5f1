import type { AmqpServer } from './amqp-server.js';

/** Which broker to try next. Celery's `broker_failover_strategy`. */
export class ServerList {
  readonly #servers: readonly AmqpServer[];
  readonly #shuffle: boolean;
  /** Where round-robin begins: the broker that worked last. */
  #first = 0;

  constructor(servers: readonly AmqpServer[], strategy: 'round-robin' | 'shuffle') {
    this.#servers = servers;
    this.#shuffle = strategy === 'shuffle';
  }

  /** Every broker once, in the order to try them. */
  inOrder(): AmqpServer[] {
    const turned = [...this.#servers.slice(this.#first), ...this.#servers.slice(0, this.#first)];
    return this.#shuffle ? shuffled(turned) : turned;
  }

  /** Begin with this one next time. */
  worked(server: AmqpServer): void {
    this.#first = Math.max(0, this.#servers.indexOf(server));
  }
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
