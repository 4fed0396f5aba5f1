import { randomUUID } from 'node:crypto';
import type { DeclareArguments, ExchangeDeclaration, ExchangeType, Topology } from '../contracts/broker.js';
import type { CompiledConfig } from './compiled-config.js';
import type { QueueOptions } from './config.js';

/** A queue ready to be declared, sent to and consumed from. */
export interface TaskQueue {
  readonly name: string;
  readonly exchange: string;
  readonly exchangeType: ExchangeType;
  readonly routingKey: string;
  /** What a worker declares. */
  readonly topology: Topology;
  /** A queue of one worker among several that all get what is sent: callers know it as this. Celery's `Broadcast`. */
  readonly broadcast?: string;
}

/** What a queue takes over where its options say nothing. */
export interface QueueDefaults {
  readonly type: 'classic' | 'quorum';
  readonly exchangeType: ExchangeType;
}

const WORKER_DIRECT = /^(.+)\.dq2$/s;
const WORKER_DIRECT_EXCHANGE = 'C.dq2';

export function isQuorum({ topology }: TaskQueue): boolean {
  return topology.queues.some((queue) => queue.arguments?.['x-queue-type'] === 'quorum');
}

/** Whether the broker deletes the queue when nobody consumes it: at once, or after a while. */
export function isFleeting({ topology }: TaskQueue): boolean {
  return topology.queues.some((queue) => queue.autoDelete || queue.arguments?.['x-expires'] !== undefined);
}

/** The queue that only the worker of this node name consumes: `w1@host.dq2`. Celery's `worker_direct()`. */
export function workerDirectOptions(nodeName: string): QueueOptions {
  return { name: `${nodeName}.dq2`, exchange: WORKER_DIRECT_EXCHANGE, exchangeType: 'direct', routingKey: nodeName };
}

/** The worker whose own queue has this name. */
export function workerOfDirect(queue: string): string | undefined {
  return WORKER_DIRECT.exec(queue)?.[1];
}

export function compileTaskQueue(options: QueueOptions, config: CompiledConfig, defaults: QueueDefaults): TaskQueue {
  if (options.broadcast) return compileBroadcast(options, config);
  const { name } = options;
  const isDefault = name === config.taskDefaultQueue;
  const exchange = options.exchange ?? (isDefault ? config.taskDefaultExchange : name);
  const exchangeType = options.exchangeType ?? defaults.exchangeType;
  const routingKey = options.routingKey ?? (isDefault ? config.taskDefaultRoutingKey : name);
  const reached = { name, exchange, exchangeType, routingKey };
  return { ...reached, topology: topologyOf(reached, options, config, defaults.type) };
}

/** As kombu's: a queue of its own in each process, gone with it, behind a fanout exchange of the name. */
function compileBroadcast(options: QueueOptions, config: CompiledConfig): TaskQueue {
  const reached = {
    name: `bcast.${randomUUID()}`,
    exchange: options.exchange ?? options.name,
    exchangeType: options.exchangeType ?? 'fanout',
    routingKey: options.routingKey ?? config.taskDefaultRoutingKey,
  };
  const own = { ...options, autoDelete: options.autoDelete ?? true };
  return { ...reached, broadcast: options.name, topology: topologyOf(reached, own, config, 'classic') };
}

function topologyOf(
  { name, exchange, exchangeType, routingKey }: Omit<TaskQueue, 'topology'>,
  options: QueueOptions,
  config: CompiledConfig,
  type: QueueDefaults['type'],
): Topology {
  const exclusive = options.exclusive ?? false;
  const queue = {
    name,
    durable: options.durable ?? true,
    exclusive,
    autoDelete: exclusive || (options.autoDelete ?? false),
    ...withArguments(queueArguments(options, config, type)),
  };
  if (exchange === '') return { exchanges: [], queues: [queue], bindings: [] };
  const exchanges: ExchangeDeclaration[] = [{ name: exchange, type: exchangeType, durable: true, autoDelete: false }];
  const binding = { queue: name, exchange, routingKey, ...withArguments({ ...options.bindingArguments }) };
  return { exchanges, queues: [queue], bindings: [binding] };
}

/** kombu's mapping of queue options to declaration arguments; times go on the wire in milliseconds. */
function queueArguments(options: QueueOptions, config: CompiledConfig, type: QueueDefaults['type']): DeclareArguments {
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
