import { connect } from 'amqplib';
import type { Broker, Delivery, QueueDeclaration, Topology } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { consume, durableQueue, send } from '../../../test/support/consume.js';
import { ownQueue } from '../../../test/support/own-queue.js';
import { amqpUrl } from '../../../test/support/servers.js';
import { startProxy } from '../../../test/support/tcp-proxy.js';
import { amqp } from './index.js';

const brokers: Broker[] = [];

function make(url = amqpUrl()): Broker {
  const broker = amqp(url)(adapterDeps());
  brokers.push(broker);
  return broker;
}

afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

function queueWith(settings: Partial<QueueDeclaration>): Topology & { name: string } {
  const name = ownQueue();
  const [queue] = durableQueue(name).queues;
  return { name, exchanges: [], queues: [{ ...(queue as QueueDeclaration), ...settings }], bindings: [] };
}

describe('what we declare', () => {
  it('equals what Celery declares: queue, direct exchange of the same name, binding, integer arguments', async () => {
    const name = ownQueue();
    const other = await connect(amqpUrl());
    const channel = await other.createChannel();
    await channel.assertExchange(name, 'direct', { durable: true, autoDelete: false });
    const args = { 'x-max-priority': { '!': 'int32', value: 10 }, 'x-message-ttl': { '!': 'int32', value: 60_000 } };
    await channel.assertQueue(name, { durable: true, arguments: args });
    const broker = make();
    await broker.declare({
      exchanges: [{ name, type: 'direct', durable: true, autoDelete: false }],
      queues: [
        {
          name,
          durable: true,
          exclusive: false,
          autoDelete: false,
          arguments: { 'x-max-priority': 10, 'x-message-ttl': 60_000 },
        },
      ],
      bindings: [{ queue: name, exchange: name, routingKey: name }],
    });
    await channel.assertQueue(name, { durable: true, arguments: args });
    const message = { body: Buffer.from('x'), headers: {}, properties: {} };
    await broker.publish(
      message,
      { exchange: name, routingKey: name },
      { confirm: true, mandatory: true, timeout: 5000 },
    );
    await other.close();
  });

  it('leaves the exchanges alone that belong to RabbitMQ', async () => {
    const broker = make();
    const topology = durableQueue(ownQueue());
    const [queue] = topology.queues;
    await broker.declare({
      ...topology,
      exchanges: [{ name: 'amq.topic', type: 'topic', durable: true, autoDelete: false }],
      bindings: [
        { queue: queue?.name ?? '', exchange: 'amq.topic', routingKey: queue?.name ?? '' },
        { queue: queue?.name ?? '', exchange: '', routingKey: queue?.name ?? '' },
      ],
    });
  });

  it('can be consumed when it is exclusive, and is declared again after the connection was lost', async () => {
    const proxy = await startProxy(amqpUrl());
    const broker = make(`amqp://guest:guest@${proxy.address}//`);
    const topology = queueWith({ durable: false, exclusive: true, autoDelete: true });
    for (let round = 0; round < 3; round++) {
      await broker.declare(topology);
      const consumed = await consume(broker, topology.name);
      await send(broker, topology.name, 'x');
      await consumed.received(1);
      proxy.cut();
      await consumed.untilLost();
      await waitUntil('the publishing connection to be lost too', () => broker.status.state === 'idle');
    }
  });

  it('is declared each time when the broker deletes it by itself', async () => {
    const broker = make();
    const topology = queueWith({ autoDelete: true });
    for (let round = 0; round < 2; round++) {
      await broker.declare(topology);
      const consumed = await consume(broker, topology.name);
      await consumed.session.close();
      await waitUntil('the queue to be gone', async () => (await broker.admin?.depth(topology.name)) === undefined);
    }
  });

  it('is declared again when a message came back because it is gone', async () => {
    const [broker, other] = [make(), make()];
    const topology = durableQueue(ownQueue());
    const name = topology.queues[0]?.name ?? '';
    await broker.declare(topology);
    await other.admin?.deleteQueue(name);
    await broker.declare(topology);
    await expect(send(broker, name, 'x')).rejects.toMatchObject({ code: 'MESSAGE_RETURNED' });
    await broker.declare(topology);
    await send(broker, name, 'x');
  });

  it('may be a quorum queue: its prefetch is not asked for globally, which RabbitMQ refuses', async () => {
    const broker = make();
    const topology = queueWith({ arguments: { 'x-queue-type': 'quorum' } });
    await broker.declare(topology);
    const session = await broker.openSession({
      onDelivery: (it) => it.reject({ requeue: true }),
      onLost: () => {},
      onCancelled: () => {},
    });
    await session.setPrefetch(1);
    await session.subscribe(topology.name);
    await session.close();
    await send(broker, topology.name, 'x');
    const counts: (number | undefined)[] = [];
    const counting = await broker.openSession({
      onDelivery: (delivery) => {
        counts.push(delivery.deliveryCount);
        if (counts.length < 3) delivery.reject({ requeue: true });
        else delivery.ack();
      },
      onLost: () => {},
      onCancelled: () => {},
    });
    await counting.setPrefetch(1);
    await counting.subscribe(topology.name);
    await waitUntil('three deliveries', () => counts.length === 3);
    expect(counts).toEqual([undefined, 1, 2]);
  });

  it.each([
    { quorumQueues: false, scope: 'session', alone: [2, 0], together: 2 },
    { quorumQueues: true, scope: 'consumer', alone: [2, 1], together: 3 },
  ])(
    'has one prefetch count for all, or one for each consumer: $scope',
    async ({ quorumQueues, scope, alone, together }) => {
      const broker = make();
      const queues = [ownQueue(), ownQueue()] as const;
      for (const queue of queues) {
        await broker.declare(durableQueue(queue));
        for (let i = 0; i < 5; i++) await send(broker, queue, String(i));
      }
      const had = new Map<string, number>();
      const onDelivery = ({ queue }: Delivery) => void had.set(queue, (had.get(queue) ?? 0) + 1);
      const session = await broker.openSession(
        { onDelivery, onLost: () => {}, onCancelled: () => {} },
        { quorumQueues },
      );
      expect(session.prefetchScope).toBe(scope);
      await session.setPrefetch(2);
      await session.subscribe(queues[0], { prefetch: 2 });
      await waitUntil('the first queue has delivered', () => had.get(queues[0]) === 2);
      await session.subscribe(queues[1], { prefetch: 1 });
      const total = () => [...had.values()].reduce((a, b) => a + b, 0);
      await waitUntil('what may come has come', () => total() === together);
      // a request is answered behind every delivery before it
      await session.unsubscribe(queues[1]);
      expect(queues.map((queue) => had.get(queue) ?? 0)).toEqual(alone);
    },
  );

  it('keeps the count of each consumer over a pause', async () => {
    const broker = make();
    const queue = ownQueue();
    await broker.declare(durableQueue(queue));
    for (let i = 0; i < 5; i++) await send(broker, queue, String(i));
    const had: Delivery[] = [];
    const handlers = { onDelivery: (it: Delivery) => void had.push(it), onLost: () => {}, onCancelled: () => {} };
    const session = await broker.openSession(handlers, { quorumQueues: true });
    await session.pause();
    await session.subscribe(queue, { prefetch: 2 });
    expect(had).toEqual([]);
    await session.resume();
    await waitUntil('two deliveries', () => had.length === 2);
    await session.pause();
    expect(had).toHaveLength(2);
  });
});

describe('publishing', () => {
  it('goes on in order with more messages than may wait for a confirm', async () => {
    const broker = amqp(amqpUrl(), { maxUnconfirmed: 3 })(adapterDeps());
    brokers.push(broker);
    const name = ownQueue();
    await broker.declare(durableQueue(name));
    const texts = Array.from({ length: 100 }, (_, n) => String(n));
    await Promise.all(texts.map((text) => send(broker, name, text)));
    const consumed = await consume(broker, name);
    expect((await consumed.received(100)).map((delivery) => delivery.message.body.toString())).toEqual(texts);
  });

  it('opens one connection, and a second one only to consume', async () => {
    const proxy = await startProxy(amqpUrl());
    const broker = make(`amqp://guest:guest@${proxy.address}//`);
    const name = ownQueue();
    await broker.declare(durableQueue(name));
    await send(broker, name, 'x');
    expect(proxy.connections).toBe(1);
    await consume(broker, name);
    expect(proxy.connections).toBe(2);
  });

  it('refuses a window without room', () => {
    expect(() => amqp(amqpUrl(), { maxUnconfirmed: 0 })(adapterDeps())).toThrow('maxUnconfirmed must be 1 or more');
  });
});
