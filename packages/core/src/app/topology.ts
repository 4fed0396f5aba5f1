import type { DeclareArguments, ExchangeDeclaration, ExchangeType, Route, Topology } from '../contracts/broker.js';
import { ImproperlyConfigured, QueueNotFound } from '../errors/config-errors.js';
import type { CompiledConfig } from './compiled-config.js';
import type { QueueOptions } from './config.js';

/** A queue ready to be declared, sent to and consumed from. */
export interface TaskQueue {
  readonly name: string;
  readonly exchange: string;
  readonly exchangeType: ExchangeType;
  readonly routingKey: string;
  readonly topology: Topology;
}

export interface Destination extends Route {
  /** What to declare before the publish. */
  readonly topology: Topology;
  readonly queue: string;
}

/** The queues that this app knows. Celery's `app.amqp.queues`. */
export class TaskQueues {
  readonly #config: CompiledConfig;
  readonly #queues = new Map<string, TaskQueue>();
  readonly #configured: readonly string[];

  constructor(config: CompiledConfig) {
    this.#config = config;
    for (const options of config.taskQueues)
      this.#add(options, config.taskDefaultQueueType, config.taskDefaultExchangeType);
    this.#configured = [...this.#queues.keys()];
  }

  /** The names of `taskQueues`: what a worker consumes when it is not told otherwise. */
  get configured(): readonly string[] {
    return this.#configured;
  }

  /** @throws QueueNotFound when the queue is not configured and missing queues are not to be created. */
  get(name: string): TaskQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    if (!this.#config.taskCreateMissingQueues && name !== this.#config.taskDefaultQueue) {
      throw new QueueNotFound(
        `Queue '${name}' is not in taskQueues and taskCreateMissingQueues is off. Add it to taskQueues.`,
      );
    }
    return this.#add({ name, exchange: name, routingKey: name }, this.#config.taskCreateMissingQueueType, 'direct');
  }

  /** Where a message goes, by the rules of Celery's `send_task_message`: a direct queue is reached through the default exchange. */
  destination(to: { queue?: string; exchange?: string; routingKey?: string }): Destination {
    const queue = this.get(to.queue ?? this.#config.taskDefaultQueue);
    const complete = to.exchange !== undefined && to.routingKey !== undefined;
    if (queue.exchangeType === 'direct' && !complete) {
      return { exchange: '', routingKey: queue.name, topology: queue.topology, queue: queue.name };
    }
    const exchange = to.exchange ?? queue.exchange;
    const routingKey = to.routingKey ?? queue.routingKey;
    return { exchange, routingKey, topology: queue.topology, queue: queue.name };
  }

  #add(options: QueueOptions, type: 'classic' | 'quorum', exchangeType: ExchangeType): TaskQueue {
    if (this.#queues.has(options.name)) throw new ImproperlyConfigured(`taskQueues names '${options.name}' twice.`);
    const queue = compileTaskQueue(options, this.#config, type, exchangeType);
    this.#queues.set(queue.name, queue);
    return queue;
  }
}

function compileTaskQueue(
  options: QueueOptions,
  config: CompiledConfig,
  type: 'classic' | 'quorum',
  defaultExchangeType: ExchangeType,
): TaskQueue {
  const { name } = options;
  const isDefault = name === config.taskDefaultQueue;
  const exchange = options.exchange ?? (isDefault ? config.taskDefaultExchange : name);
  const exchangeType = options.exchangeType ?? defaultExchangeType;
  const routingKey = options.routingKey ?? (isDefault ? config.taskDefaultRoutingKey : name);
  const exclusive = options.exclusive ?? false;
  const declaration = {
    name,
    durable: options.durable ?? true,
    exclusive,
    autoDelete: exclusive || (options.autoDelete ?? false),
    ...withArguments(queueArguments(options, config, type)),
  };
  const exchanges: ExchangeDeclaration[] =
    exchange === '' ? [] : [{ name: exchange, type: exchangeType, durable: true, autoDelete: false }];
  const bindings = exchange === '' ? [] : [{ queue: name, exchange, routingKey }];
  return { name, exchange, exchangeType, routingKey, topology: { exchanges, queues: [declaration], bindings } };
}

/** kombu's mapping of queue options to declaration arguments; times go on the wire in milliseconds. */
function queueArguments(options: QueueOptions, config: CompiledConfig, type: 'classic' | 'quorum'): DeclareArguments {
  const args: DeclareArguments = { ...options.queueArguments };
  const set = (key: string, value: number | string | null | undefined) => {
    if (value !== null && value !== undefined && !(key in args)) args[key] = value;
  };
  const milliseconds = (time: number | undefined) => (time === undefined ? undefined : Math.trunc(time * 1000));
  set('x-expires', milliseconds(options.expires));
  set('x-message-ttl', milliseconds(options.messageTtl));
  set('x-max-length', options.maxLength);
  set('x-max-length-bytes', options.maxLengthBytes);
  set('x-max-priority', options.maxPriority ?? config.taskQueueMaxPriority);
  set('x-queue-type', type === 'quorum' ? 'quorum' : undefined);
  return args;
}

const withArguments = (args: DeclareArguments) => (Object.keys(args).length > 0 ? { arguments: args } : {});
