import type { Topology } from '../contracts/broker.js';
import { parseIso } from '../protocol/iso-date.js';
import { delayDelivery, delayLevels, delayRoute, wasDelayed } from './native-delay.js';
import type { DelayQueueType } from './native-delay.js';
import type { ApplyAsyncOptions } from './task-options.js';
import type { Destination, TaskQueues } from './topology.js';

/** Sends what is not due by Celery's delayed delivery, where a quorum queue is known: it holds no worker's slot then. */
export class DelayedDestinations {
  #levels: Topology | undefined;

  constructor(
    private readonly queues: TaskQueues,
    private readonly type: DelayQueueType,
  ) {}

  /** The destination itself when the message is due within a second, or goes to an exchange whose messages cannot be delayed. */
  of(to: Destination, options: ApplyAsyncOptions, now: Date): Destination {
    if (!this.queues.hasQuorum) return to;
    const seconds = Math.trunc(secondsUntilDue(options, now));
    if (!(seconds >= 1) || !this.#canDelay(to)) return to;
    const topology = delayDelivery(this.queues.get(to.queue), to.topology) ?? to.topology;
    this.#levels ??= delayLevels(this.type);
    const { exchange, routingKey } = to;
    const undelayed = { exchange, routingKey };
    return { ...to, ...delayRoute(seconds, routingKey), undelayed, topology, groundwork: this.#levels };
  }

  #canDelay({ exchange }: Destination): boolean {
    if (wasDelayed(exchange)) return true;
    const type = exchange === '' ? 'direct' : this.queues.exchangeType(exchange);
    return type !== undefined && type !== 'direct';
  }
}

function secondsUntilDue({ countdown, eta }: ApplyAsyncOptions, now: Date): number {
  if (countdown !== undefined) return countdown;
  if (eta === undefined) return 0;
  return ((typeof eta === 'string' ? parseIso(eta) : eta).getTime() - now.getTime()) / 1000;
}
