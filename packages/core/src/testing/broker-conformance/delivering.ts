import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { SAFELY, bodyOf, numbers, send, toQueue } from './messages.js';
import { only, type BrokerSuite } from './suite.js';
import { turns } from './turns.js';

/** Which messages a consumer gets, how many at a time, and in which order. */
export function describeDelivering(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('no more than the prefetch count at a time', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await Promise.all(numbers(10).map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, [queue], { prefetch: 3 });
    const [first] = await consumed.received(3);
    await turns();
    assert.deepEqual(consumed.bodies(), ['0', '1', '2']);
    first?.ack();
    await consumed.received(4);
    await turns();
    assert.deepEqual(consumed.bodies(), ['0', '1', '2', '3']);
    await consumed.session.setPrefetch(5);
    await consumed.received(6);
    await turns();
    assert.equal(consumed.deliveries.length, 6);
  });

  it('counts the prefetch over all queues of a session', async () => {
    const broker = await suite.connected();
    const queues = [await suite.queue(broker), await suite.queue(broker)];
    for (const queue of queues) await Promise.all(numbers(5).map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, queues, { prefetch: 4 });
    await consumed.received(4);
    await turns();
    assert.equal(consumed.deliveries.length, 4);
  });

  it('tells from which queue a message is', async () => {
    const broker = await suite.connected();
    const queues = [await suite.queue(broker), await suite.queue(broker)];
    const consumed = await suite.consume(broker, queues);
    for (const queue of queues) await send(broker, queue, queue);
    for (const delivery of await consumed.received(2)) assert.equal(delivery.queue, bodyOf(delivery));
  });

  it('each message once when several sessions consume a queue', async () => {
    const [one, two] = [await suite.connected(), await suite.connected()];
    const queue = await suite.queue(one);
    const consumers = [
      await suite.consume(one, [queue], { prefetch: 10 }),
      await suite.consume(one, [queue], { prefetch: 10 }),
      await suite.consume(two, [queue], { prefetch: 10 }),
    ];
    await Promise.all(numbers(30).map((text) => send(two, queue, text)));
    const all = () => consumers.flatMap((consumer) => consumer.bodies());
    await waitUntil('30 deliveries', () => all().length === 30);
    assert.equal(new Set(all()).size, 30);
    for (const consumer of consumers) assert.equal(consumer.deliveries.length, 10);
  });

  it('forgets at once what is consumed without acknowledgement', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const consumed = await suite.consume(broker, [queue], { noAck: true, prefetch: 1 });
    await Promise.all(numbers(20).map((text) => send(broker, queue, text)));
    const [first] = await consumed.received(20);
    assert.equal(first?.ack(), 'sent');
    await consumed.session.close();
    assert.equal((await broker.admin?.depth(queue))?.messages, 0);
  });

  it('to the consumer of higher priority first', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const low = await suite.consume(broker, [queue]);
    const high = await suite.consume(broker, [queue], { priority: 5, prefetch: 2 });
    await Promise.all(numbers(3).map((text) => send(broker, queue, text)));
    await low.received(1);
    assert.deepEqual(high.bodies(), ['0', '1']);
  });

  it('the messages of higher priority first, where the queue knows priorities', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker, { 'x-max-priority': 9 });
    for (const priority of [0, 9, 5, 9, 0]) {
      await broker.publish(
        { body: Buffer.from(`${priority}`), headers: {}, properties: { priority } },
        toQueue(queue),
        SAFELY,
      );
    }
    const consumed = await suite.consume(broker, [queue], { prefetch: 10 });
    await consumed.received(5);
    assert.deepEqual(consumed.bodies(), ['9', '9', '5', '0', '0']);
  });

  it('not what has expired', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const message = { body: Buffer.from('late'), headers: {}, properties: { expiration: '1' } };
    await broker.publish(message, toQueue(queue), SAFELY);
    await waitUntil('the message expires', async () => (await broker.admin?.depth(queue))?.messages === 0);
    await send(broker, queue, 'good');
    assert.equal(bodyOf(await only(await suite.consume(broker, [queue]))), 'good');
  });
}
