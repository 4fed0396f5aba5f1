import type { Broker, ConsumeOptions, Delivery, Session, Topology } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';

/** What a session of a broker saw. */
export interface Consumed {
  readonly session: Session;
  readonly deliveries: Delivery[];
  readonly lost: Error[];
  /** Resolves when so many have come. */
  received(count: number): Promise<Delivery[]>;
  /** Resolves when the session was lost, with the reason. */
  untilLost(): Promise<Error>;
}

/** Consumes a queue and settles nothing. */
export async function consume(broker: Broker, queue: string, options: ConsumeOptions = {}): Promise<Consumed> {
  const deliveries: Delivery[] = [];
  const lost: Error[] = [];
  const session = await broker.openSession({
    onDelivery: (delivery) => void deliveries.push(delivery),
    onLost: (error) => void lost.push(error),
    onCancelled: () => {},
  });
  await session.subscribe(queue, options);
  return {
    session,
    deliveries,
    lost,
    async received(count) {
      await waitUntil(`${count} deliveries`, () => deliveries.length >= count);
      return deliveries;
    },
    untilLost: () => waitUntil('the loss', () => lost[0]),
  };
}

/** A durable queue that is reached through the default exchange. */
export function durableQueue(name: string): Topology {
  return { exchanges: [], queues: [{ name, durable: true, exclusive: false, autoDelete: false }], bindings: [] };
}

/** Publishes a text to a queue, confirmed. */
export function send(broker: Broker, queue: string, text: string, timeout = 10_000): Promise<void> {
  const message = { body: Buffer.from(text), headers: {}, properties: { deliveryMode: 2 as const } };
  return broker.publish(message, { exchange: '', routingKey: queue }, { confirm: true, mandatory: true, timeout });
}
