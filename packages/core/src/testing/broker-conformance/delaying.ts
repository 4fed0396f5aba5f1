import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Broker, DeclareArguments, HeaderValue, MessageProperties } from '../../contracts/broker.js';
import { testGlobals } from '../test-globals.js';
import { SAFELY, bodyOf, toQueue } from './messages.js';
import { only, queueTopology, type BrokerSuite } from './suite.js';

/** What delay queues are made of. A broker without `deadLetters` promises none of it. */
export function describeDelaying(suite: BrokerSuite): void {
  const { it } = testGlobals();

  /** A queue whose dead messages go to another one. */
  const setUp = async (args: DeclareArguments = {}) => {
    const broker = await suite.connected();
    const target = await suite.queue(broker);
    const name = suite.queueName();
    const onward = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': target };
    await broker.declare(queueTopology(name, { ...onward, ...args }));
    return { broker, name, target };
  };

  const sendTo = (broker: Broker, queue: string, text: string, properties: MessageProperties = {}) =>
    broker.publish({ body: Buffer.from(text), headers: { own: 1 }, properties }, toQueue(queue), SAFELY);

  const delayed = (title: string, test: () => Promise<void>) =>
    it(title, async () => {
      const broker = await suite.connected();
      if (broker.deadLetters) await test();
    });

  delayed('sends on what has waited as long as its queue says, in order, and says where it has been', async () => {
    const { broker, name, target } = await setUp({ 'x-message-ttl': 50 });
    for (const text of ['a', 'b', 'c']) await sendTo(broker, name, text, { priority: 3 });
    const consumed = await suite.consume(broker, [target]);
    const [first] = await consumed.received(3);
    assert.ok(first);
    assert.deepEqual(consumed.bodies(), ['a', 'b', 'c']);
    const { headers, properties, exchange, routingKey } = first.message;
    assert.deepEqual([exchange, routingKey, properties.priority, headers.own], ['', target, 3, 1]);
    const [death] = headers['x-death'] as Record<string, HeaderValue>[];
    assert.deepEqual([death?.queue, death?.reason, death?.['routing-keys']], [name, 'expired', [name]]);
    assert.equal(headers['x-first-death-queue'], name);
    assert.equal((await broker.admin?.depth(name))?.messages, 0);
  });

  delayed('sends on what has expired by itself, and it does not expire again', async () => {
    const { broker, name, target } = await setUp({ 'x-message-ttl': 60_000 });
    await sendTo(broker, name, 'x', { expiration: '30' });
    const { message } = await only(await suite.consume(broker, [target]));
    assert.equal(message.properties.expiration, undefined);
    const [death] = message.headers['x-death'] as Record<string, HeaderValue>[];
    assert.equal(death?.['original-expiration'], '30');
  });

  delayed('sends on what was rejected, not what goes back', async () => {
    const { broker, name, target } = await setUp();
    await sendTo(broker, name, 'x');
    const consumed = await suite.consume(broker, [name]);
    (await only(consumed)).reject({ requeue: true });
    const again = (await consumed.received(2))[1];
    again?.reject({ requeue: false });
    const { message } = await only(await suite.consume(broker, [target]));
    const [death] = message.headers['x-death'] as Record<string, HeaderValue>[];
    assert.deepEqual([death?.reason, death?.count], ['rejected', 1]);
  });

  delayed('routes from exchange to exchange, each queue once', async () => {
    const broker = await suite.connected();
    const names = Array.from({ length: 3 }, () => `conformance-${randomUUID()}`);
    const [a = '', b = '', c = ''] = names;
    const queue = suite.queueName();
    await broker.declare({
      ...queueTopology(queue),
      exchanges: names.map((name) => ({ name, type: 'topic', durable: false, autoDelete: true })),
      bindings: [b, c].map((exchange) => ({ queue, exchange, routingKey: 'x.#' })),
      exchangeBindings: [
        { source: a, destination: b, routingKey: '#' },
        { source: a, destination: c, routingKey: 'x.y' },
        { source: c, destination: a, routingKey: 'never' },
      ],
    });
    for (const key of ['x.y', 'x.z', 'q']) {
      const message = { body: Buffer.from(key), headers: {}, properties: {} };
      await broker.publish(message, { exchange: a, routingKey: key }, { ...SAFELY, mandatory: false });
    }
    const consumed = await suite.consume(broker, [queue]);
    await consumed.received(2);
    assert.deepEqual(consumed.bodies(), ['x.y', 'x.z']);
    assert.ok(consumed.deliveries.every((delivery) => delivery.message.exchange === a && bodyOf(delivery) !== 'q'));
  });
}
