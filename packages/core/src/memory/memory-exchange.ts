import type { BindingDeclaration, ExchangeDeclaration } from '../contracts/broker.js';

/** An exchange: knows which queues want a message. */
export class MemoryExchange {
  readonly declaration: ExchangeDeclaration;
  readonly #bindings: BindingDeclaration[] = [];

  constructor(declaration: ExchangeDeclaration) {
    this.declaration = declaration;
  }

  bind(binding: BindingDeclaration): void {
    const { queue, routingKey } = binding;
    if (!this.#bindings.some((known) => known.queue === queue && known.routingKey === routingKey))
      this.#bindings.push(binding);
  }

  unbind(queue: string): void {
    for (let i = this.#bindings.length - 1; i >= 0; i--)
      if (this.#bindings[i]?.queue === queue) this.#bindings.splice(i, 1);
  }

  /** The names of the queues, each once. */
  route(routingKey: string): Set<string> {
    const matching = this.#bindings.filter((binding) => this.#matches(binding.routingKey, routingKey));
    return new Set(matching.map((binding) => binding.queue));
  }

  #matches(pattern: string, key: string): boolean {
    switch (this.declaration.type) {
      case 'fanout':
        return true;
      case 'topic':
        return matchesTopic(pattern.split('.'), key.split('.'));
      default:
        return pattern === key;
    }
  }
}

/** AMQP's topic patterns: `*` stands for one word, `#` for any number of them. */
export function matchesTopic(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === '#') return words.some((_, i) => matchesTopic(rest, words.slice(i))) || matchesTopic(rest, []);
  return words.length > 0 && (first === '*' || first === words[0]) && matchesTopic(rest, words.slice(1));
}
