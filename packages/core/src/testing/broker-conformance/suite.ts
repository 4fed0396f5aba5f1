import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Broker, ConsumeOptions, DeclareArguments, Delivery, Session, Topology } from '../../contracts/broker.js';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { bodyOf } from './messages.js';

/** How the suite gets brokers: each call a new one, unconnected, all to one and the same server. */
export type MakeBroker = () => Broker | Promise<Broker>;

/** What a consumer saw. */
export interface Consumed {
  session: Session;
  deliveries: Delivery[];
  cancelled: string[];
  lost: Error[];
  bodies(): string[];
  /** Resolves when so many have come. */
  received(count: number): Promise<Delivery[]>;
}

/** The brokers and queues of one test, and their end after it. */
export class BrokerSuite {
  readonly #open: Broker[] = [];
  readonly #queues: string[] = [];

  constructor(private readonly makeBroker: MakeBroker) {}

  async connected(): Promise<Broker> {
    const broker = await this.makeBroker();
    this.#open.push(broker);
    await broker.connect();
    return broker;
  }

  /** A queue of its own, which goes with the test. */
  async queue(broker: Broker, args?: DeclareArguments): Promise<string> {
    const name = this.queueName();
    await broker.declare(queueTopology(name, args));
    return name;
  }

  queueName(): string {
    const name = `conformance-${randomUUID()}`;
    this.#queues.push(name);
    return name;
  }

  async consume(
    broker: Broker,
    queues: string[],
    options: ConsumeOptions & { prefetch?: number } = {},
  ): Promise<Consumed> {
    const { prefetch = 0, ...how } = options;
    const seen = { deliveries: [] as Delivery[], cancelled: [] as string[], lost: [] as Error[] };
    const session = await broker.openSession({
      onDelivery: (delivery) => void seen.deliveries.push(delivery),
      onCancelled: (queue) => void seen.cancelled.push(queue),
      onLost: (error) => void seen.lost.push(error),
    });
    await session.setPrefetch(prefetch);
    for (const queue of queues) await session.subscribe(queue, how);
    const received = async (count: number) => {
      await waitUntil(`${count} deliveries`, () => seen.deliveries.length >= count);
      return seen.deliveries;
    };
    return { session, ...seen, received, bodies: () => seen.deliveries.map(bodyOf) };
  }

  cleanUpAfterEach(): void {
    testGlobals().afterEach(async () => {
      const [first] = this.#open;
      if (first) await first.connect();
      for (const queue of this.#queues.splice(0)) await first?.admin?.deleteQueue(queue);
      await Promise.all(this.#open.splice(0).map((broker) => broker.close()));
    });
  }
}

export function queueTopology(name: string, args?: DeclareArguments): Topology {
  return {
    exchanges: [],
    queues: [{ name, durable: true, exclusive: false, autoDelete: false, ...(args ? { arguments: args } : {}) }],
    bindings: [],
  };
}

/** The first delivery, once it has come. */
export async function only(consumed: Consumed): Promise<Delivery> {
  const [delivery] = await consumed.received(1);
  assert.ok(delivery);
  return delivery;
}
