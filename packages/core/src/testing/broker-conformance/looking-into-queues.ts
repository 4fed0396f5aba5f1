import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { numbers, send } from './messages.js';
import type { BrokerSuite } from './suite.js';

/** Counting, purging and deleting, for a broker that has `admin`. */
export function describeLookingIntoQueues(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('counts messages and consumers; knows nothing of a queue that does not exist', async () => {
    const broker = await suite.connected();
    if (!broker.admin) return;
    const queue = await suite.queue(broker);
    assert.deepEqual(await broker.admin.depth(queue), { messages: 0, consumers: 0 });
    await Promise.all(numbers(4).map((text) => send(broker, queue, text)));
    assert.deepEqual(await broker.admin.depth(queue), { messages: 4, consumers: 0 });
    await suite.consume(broker, [queue], { prefetch: 1 });
    assert.equal((await broker.admin.depth(queue))?.consumers, 1);
    assert.equal(await broker.admin.depth(suite.queueName()), undefined);
  });

  it('purges what is ready, says how much, and deletes', async () => {
    const broker = await suite.connected();
    if (!broker.admin) return;
    const queue = await suite.queue(broker);
    await Promise.all(numbers(4).map((text) => send(broker, queue, text)));
    assert.equal(await broker.admin.purge(queue), 4);
    assert.equal(await broker.admin.purge(queue), 0);
    await broker.admin.deleteQueue(queue);
    await broker.admin.deleteQueue(queue);
    assert.equal(await broker.admin.depth(queue), undefined);
    await assert.rejects(broker.admin.purge(queue), { code: 'NOT_FOUND' });
  });
}
