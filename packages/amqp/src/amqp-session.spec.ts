import { EventEmitter } from 'node:events';
import { silentLogger } from '@nestjs-celery/core';
import type { Delivery } from '@nestjs-celery/core';
import type { AmqpConnection } from './amqp-connection.js';
import { AmqpSession } from './amqp-session.js';
import type { ContentHandlers } from './wire/content-reader.js';

/** A channel that writes down what it is asked; the broker's answer to a cancel comes when the test says so. */
class FakeChannel extends EventEmitter {
  readonly asked: string[] = [];
  answer = () => {};

  async consume(): Promise<void> {}

  cancel(tag: string): Promise<void> {
    this.asked.push(`cancel ${tag}`);
    return new Promise((resolve) => (this.answer = resolve));
  }

  nack({ fields }: { fields: { deliveryTag: number } }, allUpTo: boolean, requeue: boolean): void {
    this.asked.push(`nack ${fields.deliveryTag} ${allUpTo} ${requeue}`);
  }

  reject({ fields }: { fields: { deliveryTag: number } }, requeue: boolean): void {
    this.asked.push(`reject ${fields.deliveryTag} ${requeue}`);
  }
}

async function opened() {
  const channel = new FakeChannel();
  let handlers: ContentHandlers = {};
  const connection = {
    events: new EventEmitter(),
    openContentChannel: async (content: ContentHandlers) => {
      handlers = content;
      return { channel, number: 1 };
    },
  } as unknown as AmqpConnection;
  const deliveries: Delivery[] = [];
  const session = await AmqpSession.open(connection, {
    handlers: { onDelivery: (delivery) => void deliveries.push(delivery), onLost: () => {}, onCancelled: () => {} },
    logger: silentLogger,
    globalPrefetch: true,
    onCancelled: () => {},
  });
  await session.subscribe('q', { consumerTag: 'c' });
  const deliver = (deliveryTag: number): Delivery | undefined => {
    const method = { consumerTag: 'c', deliveryTag, redelivered: false, exchange: '', routingKey: 'q' };
    handlers.deliver?.(method, { body: Buffer.from('x'), headers: {}, properties: {} });
    return deliveries.at(-1);
  };
  return { session, channel, deliver };
}

describe('AmqpSession', () => {
  it('gives a message back by nack, which is no failed delivery for RabbitMQ 4.3, and refuses one by reject', async () => {
    const { channel, deliver } = await opened();
    expect(deliver(1)?.reject({ requeue: true })).toBe('sent');
    expect(deliver(2)?.reject()).toBe('sent');
    expect(channel.asked).toEqual(['nack 1 false true', 'reject 2 false']);
  });

  it('is paused for everybody who asks when the broker has answered, and asks it once', async () => {
    const { session, channel } = await opened();
    const told: string[] = [];
    const first = session.pause().then(() => told.push('first'));
    const second = session.pause().then(() => told.push('second'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
    channel.answer();
    await Promise.all([first, second]);
    expect(channel.asked).toEqual(['cancel c']);
  });
});
