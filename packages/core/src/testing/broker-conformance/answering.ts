import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { SAFELY, bodyOf, send, toQueue } from './messages.js';
import { only, type BrokerSuite } from './suite.js';

/** What the sender hears of each message. */
export function describeAnswering(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('rejects a mandatory message that no queue takes, and only that', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const nowhere = suite.queueName();
    const targets = Array.from({ length: 60 }, (_, n) => (n % 3 === 1 ? nowhere : queue));
    const results = await Promise.allSettled(targets.map((target, n) => send(broker, target, String(n % 2))));
    results.forEach((result, n) => {
      assert.equal(result.status, targets[n] === queue ? 'fulfilled' : 'rejected', `message ${n}`);
      if (result.status === 'fulfilled') return;
      const { code, exchange, routingKey } = result.reason as { code: string; exchange: string; routingKey: string };
      assert.deepEqual([code, exchange, routingKey], ['MESSAGE_RETURNED', '', nowhere]);
    });
    await waitUntil('40 messages', async () => (await broker.admin?.depth(queue))?.messages === 40);
  });

  it('resolves for a message that is not mandatory, whether a queue takes it or not', async () => {
    const broker = await suite.connected();
    const options = { ...SAFELY, mandatory: false };
    await broker.publish({ body: Buffer.from(''), headers: {}, properties: {} }, toQueue(suite.queueName()), options);
  });

  it('sends without waiting for a confirm', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const message = { body: Buffer.from('x'), headers: {}, properties: {} };
    await broker.publish(message, toQueue(queue), { confirm: false, mandatory: false, timeout: 10_000 });
    await (await suite.consume(broker, [queue])).received(1);
  });

  it('rejects what goes to an exchange that does not exist, and goes on', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const message = { body: Buffer.from('x'), headers: {}, properties: {} };
    const lost = broker.publish(message, { exchange: `no-${randomUUID()}`, routingKey: 'x' }, SAFELY);
    await assert.rejects(lost, { code: 'NOT_FOUND' });
    await send(broker, queue, 'next');
    assert.equal(bodyOf(await only(await suite.consume(broker, [queue]))), 'next');
  });
}
