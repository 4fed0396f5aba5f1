import type {
  BindingDeclaration,
  DeclareArguments,
  ExchangeBinding,
  ExchangeDeclaration,
  Headers,
} from '../contracts/broker.js';

/** What an exchange looks at. */
export interface RoutedMessage {
  readonly routingKey: string;
  readonly headers: Headers;
}

/** Where a message goes from an exchange; each once. */
export interface Destinations {
  readonly queues: Set<string>;
  readonly exchanges: Set<string>;
}

/** An exchange: knows which queues, and which other exchanges, want a message. */
export class MemoryExchange {
  readonly declaration: ExchangeDeclaration;
  readonly #queues: BindingDeclaration[] = [];
  readonly #exchanges: ExchangeBinding[] = [];

  constructor(declaration: ExchangeDeclaration) {
    this.declaration = declaration;
  }

  bind(binding: BindingDeclaration): void {
    const same = (known: BindingDeclaration) =>
      known.queue === binding.queue &&
      known.routingKey === binding.routingKey &&
      JSON.stringify(known.arguments) === JSON.stringify(binding.arguments);
    if (!this.#queues.some(same)) this.#queues.push(binding);
  }

  bindExchange(binding: ExchangeBinding): void {
    const { destination, routingKey } = binding;
    if (!this.#exchanges.some((known) => known.destination === destination && known.routingKey === routingKey))
      this.#exchanges.push(binding);
  }

  unbind(queue: string): void {
    for (let i = this.#queues.length - 1; i >= 0; i--) if (this.#queues[i]?.queue === queue) this.#queues.splice(i, 1);
  }

  route(message: RoutedMessage): Destinations {
    const queues = this.#queues.filter((binding) => this.#matches(binding.routingKey, message, binding.arguments));
    const exchanges = this.#exchanges.filter(({ routingKey }) => this.#matches(routingKey, message));
    return {
      queues: new Set(queues.map(({ queue }) => queue)),
      exchanges: new Set(exchanges.map(({ destination }) => destination)),
    };
  }

  #matches(pattern: string, { routingKey, headers }: RoutedMessage, args: DeclareArguments = {}): boolean {
    switch (this.declaration.type) {
      case 'fanout':
        return true;
      case 'topic':
        return matchesTopic(pattern.split('.'), routingKey.split('.'));
      case 'headers':
        return matchesHeaders(args, headers);
      default:
        return pattern === routingKey;
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

/** All headers that the binding names, or with `x-match: any` one of them; names that begin with `x-` are not compared. */
function matchesHeaders(args: DeclareArguments, headers: Headers): boolean {
  const wanted = Object.entries(args).filter(([name]) => !name.startsWith('x-'));
  const fits = ([name, value]: [string, unknown]) => headers[name] === value;
  return args['x-match'] === 'any' ? wanted.some(fits) : wanted.every(fits);
}
