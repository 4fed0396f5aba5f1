import type { Broker, Delivery, OutgoingMessage, PublishOptions } from '../../contracts/broker.js';

export const SAFELY: PublishOptions = { confirm: true, mandatory: true, timeout: 10_000 };

/** The address of a queue through the default exchange. */
export const toQueue = (queue: string) => ({ exchange: '', routingKey: queue });

export function send(
  broker: Broker,
  queue: string,
  text: string,
  headers: OutgoingMessage['headers'] = {},
): Promise<void> {
  return broker.publish({ body: Buffer.from(text), headers, properties: { deliveryMode: 2 } }, toQueue(queue), SAFELY);
}

export const bodyOf = (delivery: Delivery) => delivery.message.body.toString();

/** The texts '0', '1', '2' … */
export const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));
