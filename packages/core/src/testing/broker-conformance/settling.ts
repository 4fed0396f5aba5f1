import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { numbers, send } from './messages.js';
import type { BrokerSuite } from './suite.js';
import { turn, turns } from './turns.js';

/** What becomes of a delivery that is acknowledged, rejected or neither. */
export function describeSettling(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('drops what is acknowledged or rejected, gives back the rest with its mark when the session closes', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    for (const text of numbers(5)) await send(broker, queue, text);
    const consumed = await suite.consume(broker, [queue]);
    const [, second, third] = await consumed.received(5);
    assert.equal(second?.ack(), 'sent');
    assert.equal(third?.reject(), 'sent');
    await consumed.session.close();
    const again = await suite.consume(broker, [queue]);
    const back = await again.received(3);
    await turns();
    assert.deepEqual(again.bodies(), ['0', '3', '4']);
    assert.ok(back.every((delivery) => delivery.redelivered));
  });

  it('delivers again what is rejected to be requeued', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await send(broker, queue, 'x');
    const consumed = await suite.consume(broker, [queue]);
    const [first] = await consumed.received(1);
    assert.equal(first?.reject({ requeue: true }), 'sent');
    const [, second] = await consumed.received(2);
    assert.equal(second?.redelivered, true);
    second?.ack();
    await consumed.session.close();
    assert.equal((await broker.admin?.depth(queue))?.messages, 0);
  });

  it('acknowledges in any order', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await Promise.all(numbers(200).map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, [queue]);
    const deliveries = await consumed.received(200);
    const kept = new Set([0, 57, 58, 120, 199]);
    const order = deliveries.map((_, n) => n).filter((n) => !kept.has(n));
    order.sort((a, b) => ((a * 7919) % 200) - ((b * 7919) % 200));
    for (const [i, n] of order.entries()) {
      if (n % 10 === 3) deliveries[n]?.reject();
      else deliveries[n]?.ack();
      if (i % 23 === 0) await turn();
    }
    deliveries[0]?.ack();
    await turn();
    await send(broker, queue, 'alive');
    await consumed.received(201);
    await consumed.session.close();
    assert.deepEqual(consumed.lost, []);
    const again = await suite.consume(broker, [queue]);
    await again.received(5);
    await turns();
    assert.deepEqual(again.bodies().sort(), ['120', '199', '57', '58', 'alive']);
  });

  it('takes only the first settlement of a delivery', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await Promise.all(numbers(3).map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, [queue]);
    const [first, second] = await consumed.received(3);
    assert.deepEqual([first?.ack(), first?.ack(), first?.reject({ requeue: true })], ['sent', 'sent', 'sent']);
    assert.deepEqual([second?.reject(), second?.ack()], ['sent', 'sent']);
    await send(broker, queue, 'alive');
    await consumed.received(4);
    assert.deepEqual(consumed.lost, []);
    await consumed.session.close();
    assert.equal((await broker.admin?.depth(queue))?.messages, 2);
  });

  it('calls a settlement stale when the session is closed, and changes nothing', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await Promise.all(numbers(2).map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, [queue]);
    const [first, second] = await consumed.received(2);
    await consumed.session.close();
    await consumed.session.close();
    assert.equal(first?.ack(), 'stale');
    assert.equal(second?.reject(), 'stale');
    assert.deepEqual(await broker.admin?.depth(queue), { messages: 2, consumers: 0 });
    assert.deepEqual(consumed.lost, []);
  });

  it('survives a handler that throws', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    let calls = 0;
    const session = await broker.openSession({
      onDelivery: (delivery) => {
        calls += 1;
        if (calls === 1) throw new Error('the handler broke');
        delivery.ack();
      },
      onLost: () => {},
      onCancelled: () => {},
    });
    await session.subscribe(queue);
    await Promise.all(numbers(2).map((text) => send(broker, queue, text)));
    await waitUntil('the second message', () => calls === 2);
    await session.close();
    assert.equal((await broker.admin?.depth(queue))?.messages, 1);
  });
}
