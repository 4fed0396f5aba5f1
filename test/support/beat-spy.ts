import { amqp } from '@nestjs-celery/amqp';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { type Consumed, consume, durableQueue } from './consume.js';
import { ownQueue } from './own-queue.js';
import { amqpUrl } from './servers.js';

/** A message that a beat has sent. */
export interface Sent {
  readonly id: string;
  /** Of the entry: `periodic_task_name`. */
  readonly name: string;
}

/** A queue of the spec's own, and what beats send there. */
export class BeatSpy {
  readonly queue = ownQueue();
  readonly #broker = amqp(amqpUrl())(adapterDeps());
  #consumed: Consumed | undefined;

  async open(): Promise<this> {
    await this.#broker.connect();
    await this.#broker.declare(durableQueue(this.queue));
    this.#consumed = await consume(this.#broker, this.queue, { noAck: true });
    return this;
  }

  /** In the order in which they came. */
  get sent(): Sent[] {
    const deliveries = this.#consumed?.deliveries ?? [];
    return deliveries.map(({ message: { headers } }) => ({
      id: String(headers['id']),
      name: String(headers['periodic_task_name']),
    }));
  }

  /** How many of the entry came. */
  count(name: string): number {
    return this.sent.filter((message) => message.name === name).length;
  }

  /** Waits until so many of the entry have come in all. Gives how long it took, in milliseconds. */
  async came(name: string, count = 1): Promise<number> {
    const from = performance.now();
    await waitUntil(`${count} of '${name}'`, () => this.count(name) >= count);
    return performance.now() - from;
  }

  /** The same for so many more than have come by now. */
  more(name: string, count = 1): Promise<number> {
    return this.came(name, this.count(name) + count);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}
