import type { BindingDeclaration, ExchangeBinding, Topology } from '../contracts/broker.js';
import type { TaskQueue } from './task-queue.js';

/*
 * Celery's delayed delivery for quorum queues, bit by bit: a message passes 28 levels. The routing key begins with the seconds in
 * binary, a word for each bit; where the bit of a level is 1, the message waits in the queue of that level for 2^level seconds, and
 * goes on as a dead letter. Python declares the same, so not a name or an argument may differ.
 */
const LEVELS = 28;
const LONGEST = 2 ** LEVELS - 1;

/** What leaves the last level. */
const DELIVERY_EXCHANGE = 'celery_delayed_delivery';
const FIRST_EXCHANGE = levelName(LEVELS - 1);
/** Words before the task's own routing key. */
const DELAYED_KEY = new RegExp(`^(?:[01]\\.){${LEVELS}}`);

export type DelayQueueType = 'classic' | 'quorum';

/** What a worker declares once for all queues. */
export function delayLevels(type: DelayQueueType): Topology {
  const levels = Array.from({ length: LEVELS }, (_, i) => LEVELS - 1 - i);
  return {
    exchanges: [...levels.map(levelName), DELIVERY_EXCHANGE].map((name) => ({
      name,
      type: 'topic',
      durable: true,
      autoDelete: false,
    })),
    queues: levels.map((level) => ({
      name: levelName(level),
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: {
        'x-queue-type': type,
        'x-overflow': 'reject-publish',
        'x-message-ttl': 2 ** level * 1000,
        'x-dead-letter-exchange': below(level),
        ...(type === 'quorum' ? { 'x-dead-letter-strategy': 'at-least-once' } : {}),
      },
    })),
    bindings: levels.map((level) => ({
      queue: levelName(level),
      exchange: levelName(level),
      routingKey: bitKey(level, 1),
    })),
    exchangeBindings: levels.map((level) => ({
      source: levelName(level),
      destination: below(level),
      routingKey: bitKey(level, 0),
    })),
  };
}

const DELIVERIES = new WeakMap<Topology, Topology>();

/**
 * A queue's own declarations, and how a delayed message comes to it.
 * @param own what a worker, or a sender, declares for the queue
 * @returns undefined for a queue that is reached directly: its messages cannot be delayed
 */
export function delayDelivery(queue: TaskQueue, own = queue.topology): Topology | undefined {
  if (queue.exchange === '' || queue.exchangeType === 'direct') return undefined;
  let topology = DELIVERIES.get(own);
  if (!topology) {
    topology = withDelivery(queue, own);
    DELIVERIES.set(own, topology);
  }
  return topology;
}

/** The route of a message that is to wait so many whole seconds, from 1; its key is the task's, or one that was delayed before. */
export function delayRoute(seconds: number, routingKey: string): { exchange: string; routingKey: string } {
  const bits = Math.min(seconds, LONGEST).toString(2).padStart(LEVELS, '0');
  return { exchange: FIRST_EXCHANGE, routingKey: [...bits, routingKey.replace(DELAYED_KEY, '')].join('.') };
}

/** Whether a message with this exchange has come through the levels: it has that of the last in which it waited, or the one below. */
export function wasDelayed(exchange: string): boolean {
  return exchange === DELIVERY_EXCHANGE || /^celery_delayed_\d+$/.test(exchange);
}

function withDelivery({ name, exchange, exchangeType, routingKey }: TaskQueue, own: Topology): Topology {
  const key = routingKey.startsWith('#') ? routingKey : `#.${routingKey}`;
  const toExchange: ExchangeBinding = { source: DELIVERY_EXCHANGE, destination: exchange, routingKey: key };
  // A headers exchange looks at no key, and would take a binding without arguments for one that wants everything.
  const isBound = exchangeType !== 'headers' && own.queues.length > 0;
  const toQueue: BindingDeclaration[] = isBound ? [{ queue: name, exchange, routingKey: key }] : [];
  return { ...own, bindings: [...own.bindings, ...toQueue], exchangeBindings: [toExchange] };
}

function levelName(level: number): string {
  return `celery_delayed_${level}`;
}

function below(level: number): string {
  return level > 0 ? levelName(level - 1) : DELIVERY_EXCHANGE;
}

/** The keys whose bit of the level has the value. */
function bitKey(level: number, bit: 0 | 1): string {
  return `${'*.'.repeat(LEVELS - 1 - level)}${bit}.#`;
}
