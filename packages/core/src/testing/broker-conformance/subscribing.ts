import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { send } from './messages.js';
import type { BrokerSuite } from './suite.js';
import { turns } from './turns.js';

/** From which queues a session gets messages: paused, resumed, unsubscribed, deleted, missing. */
export function describeSubscribing(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('nothing while it is paused, and goes on when it is resumed', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const consumed = await suite.consume(broker, [queue]);
    await send(broker, queue, 'before');
    const [before] = await consumed.received(1);
    await consumed.session.pause();
    await consumed.session.pause();
    await send(broker, queue, 'during');
    await turns();
    assert.deepEqual(consumed.bodies(), ['before']);
    assert.equal(before?.ack(), 'sent');
    await consumed.session.resume();
    await consumed.session.resume();
    await consumed.received(2);
    assert.deepEqual(consumed.bodies(), ['before', 'during']);
    assert.equal((await broker.admin?.depth(queue))?.consumers, 1);
  });

  it('nothing more of a queue that was unsubscribed', async () => {
    const broker = await suite.connected();
    const queues = [await suite.queue(broker), await suite.queue(broker)] as const;
    const consumed = await suite.consume(broker, [...queues]);
    await consumed.session.unsubscribe(queues[0]);
    await consumed.session.unsubscribe(queues[0]);
    for (const queue of queues) await send(broker, queue, queue);
    await consumed.received(1);
    await turns();
    assert.deepEqual(consumed.bodies(), [queues[1]]);
    await consumed.session.subscribe(queues[0]);
    await consumed.received(2);
  });

  it('says that a queue was deleted, and goes on with the others', async () => {
    const broker = await suite.connected();
    const [gone, stays] = [await suite.queue(broker), await suite.queue(broker)];
    const consumed = await suite.consume(broker, [gone, stays]);
    await broker.admin?.deleteQueue(gone);
    await waitUntil('the cancellation', () => consumed.cancelled.length > 0);
    assert.deepEqual(consumed.cancelled, [gone]);
    await send(broker, stays, 'x');
    await consumed.received(1);
    assert.deepEqual(consumed.lost, []);
  });

  it('rejects a subscription to a queue that does not exist', async () => {
    const broker = await suite.connected();
    await assert.rejects(suite.consume(broker, [suite.queueName()]), { code: 'NOT_FOUND' });
  });
}
