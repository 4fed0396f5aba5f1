import type { ExchangeType, Route, Topology } from '../contracts/broker.js';
import { ImproperlyConfigured, QueueNotFound } from '../errors/config-errors.js';
import type { CompiledConfig } from './compiled-config.js';
import type { QueueOptions } from './config.js';
import { compileTaskQueue, isQuorum, workerDirectOptions, workerOfDirect } from './task-queue.js';
import type { QueueDefaults, TaskQueue } from './task-queue.js';

export type { TaskQueue } from './task-queue.js';

export interface Destination extends Route {
  /** What to declare before the publish. */
  readonly topology: Topology;
  /** What that takes where something of it is missing. */
  readonly groundwork?: Topology;
  readonly queue: string;
  /** The way that it takes from there, where this one is the way into a delay. */
  readonly undelayed?: Route;
  /** Reaches as many queues as there are, none among them. */
  readonly broadcast?: boolean;
}

/** A direct queue of the name, as missing queues are made. */
const BY_NAME: QueueDefaults = { type: 'classic', exchangeType: 'direct' };

/** The queues that this app knows. Celery's `app.amqp.queues`. */
export class TaskQueues {
  readonly #config: CompiledConfig;
  /** By name; a broadcast queue by the name that callers know. */
  readonly #queues = new Map<string, TaskQueue>();
  readonly #configured: readonly string[];
  #hasQuorum = false;

  constructor(config: CompiledConfig) {
    this.#config = config;
    const defaults = { type: config.taskDefaultQueueType, exchangeType: config.taskDefaultExchangeType };
    for (const options of config.taskQueues) {
      if (this.#queues.has(options.name)) throw new ImproperlyConfigured(`taskQueues names '${options.name}' twice.`);
      this.#add(options, defaults);
    }
    this.#configured = [...this.#queues.keys()];
  }

  /** The names of `taskQueues`: what a worker consumes when it is not told otherwise. */
  get configured(): readonly string[] {
    return this.#configured;
  }

  /** Every queue that is known by now. */
  get all(): Iterable<TaskQueue> {
    return this.#queues.values();
  }

  /** Whether one of them is a quorum queue: with one, Celery delays at the broker. */
  get hasQuorum(): boolean {
    return this.#hasQuorum;
  }

  /** @throws QueueNotFound when the queue is not configured and missing queues are not to be created. */
  get(name: string): TaskQueue {
    return this.#queues.get(name) ?? this.#makeMissing(name);
  }

  /** By the name that the broker knows, which a broadcast queue has besides its own; undefined: not known here. */
  find(name: string): TaskQueue | undefined {
    const queue = this.#queues.get(name);
    if (queue?.name === name) return queue;
    for (const known of this.#queues.values()) if (known.name === name) return known;
    return undefined;
  }

  /** The queue of one worker, by its node name. */
  workerDirect(nodeName: string): TaskQueue {
    const options = workerDirectOptions(nodeName);
    return this.#queues.get(options.name) ?? this.#add(options, BY_NAME);
  }

  /** The type of an exchange, as far as a known queue is behind it. */
  exchangeType(exchange: string): ExchangeType | undefined {
    for (const queue of this.#queues.values()) if (queue.exchange === exchange) return queue.exchangeType;
    return undefined;
  }

  /** Where a message goes, by the rules of Celery's `send_task_message`: a direct queue is reached through the default exchange. */
  destination(to: { queue?: string; exchange?: string; routingKey?: string }): Destination {
    const name = to.queue ?? this.#config.taskDefaultQueue;
    const queue = this.get(name);
    const complete = to.exchange !== undefined && to.routingKey !== undefined;
    if (queue.exchangeType === 'direct' && !complete) {
      return { exchange: '', routingKey: queue.name, topology: queue.topology, queue: queue.name };
    }
    const exchange = to.exchange ?? queue.exchange;
    const routingKey = to.routingKey ?? queue.routingKey;
    if (queue.broadcast === undefined) return { exchange, routingKey, topology: queue.topology, queue: name };
    return { exchange, routingKey, topology: ofSender(queue), queue: name, broadcast: true };
  }

  /** @throws QueueNotFound */
  #makeMissing(name: string): TaskQueue {
    const config = this.#config;
    const worker = workerOfDirect(name);
    const mayBeMade =
      config.taskCreateMissingQueues ||
      name === config.taskDefaultQueue ||
      (config.workerDirect && worker !== undefined);
    if (!mayBeMade) {
      throw new QueueNotFound(
        `Queue '${name}' is not in taskQueues and taskCreateMissingQueues is off. Add it to taskQueues.`,
      );
    }
    if (worker !== undefined) return this.workerDirect(worker);
    return this.#add(
      { name, exchange: name, routingKey: name },
      {
        type: config.taskCreateMissingQueueType,
        exchangeType: config.taskCreateMissingQueueExchangeType ?? BY_NAME.exchangeType,
      },
    );
  }

  #add(options: QueueOptions, defaults: QueueDefaults): TaskQueue {
    const queue = compileTaskQueue(options, this.#config, defaults);
    this.#queues.set(options.name, queue);
    this.#hasQuorum ||= isQuorum(queue);
    return queue;
  }
}

const SENDERS = new WeakMap<TaskQueue, Topology>();

/** A broadcast queue belongs to its worker: who sends declares the exchange, so that it is there when nobody listens. */
function ofSender(queue: TaskQueue): Topology {
  let topology = SENDERS.get(queue);
  if (!topology) {
    topology = { exchanges: queue.topology.exchanges, queues: [], bindings: [] };
    SENDERS.set(queue, topology);
  }
  return topology;
}
