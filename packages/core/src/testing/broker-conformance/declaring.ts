import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { send } from './messages.js';
import { queueTopology, type BrokerSuite } from './suite.js';

/** Declaring again, differently, and after a deletion. */
export function describeDeclaring(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('the same again, and at the same time, without harm', async () => {
    const [one, two] = [await suite.connected(), await suite.connected()];
    const name = suite.queueName();
    const topology = queueTopology(name);
    await Promise.all([one.declare(topology), one.declare(topology), two.declare(queueTopology(name))]);
    await send(one, name, 'x');
    await two.declare(queueTopology(name));
    assert.equal((await one.admin?.depth(name))?.messages, 1);
  });

  it('not with other settings: says which queue, and everything else goes on', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const other = queueTopology(queue, { 'x-max-priority': 10 });
    const [refused, ...sent] = await Promise.allSettled([
      broker.declare(other),
      broker.declare(queueTopology(queue)),
      ...Array.from({ length: 20 }, (_, n) => send(broker, queue, String(n))),
    ]);
    assert.equal(refused?.status, 'rejected');
    const { code, message } = (refused as PromiseRejectedResult).reason as { code: string; message: string };
    assert.equal(code, 'PRECONDITION_FAILED');
    assert.ok(message.includes(queue), message);
    assert.deepEqual([...new Set(sent.map((result) => result.status))], ['fulfilled']);
    await assert.rejects(broker.declare(other), { code: 'PRECONDITION_FAILED' });
  });

  it('again what was deleted in the meantime', async () => {
    const broker = await suite.connected();
    const topology = queueTopology(suite.queueName());
    const [queue] = topology.queues;
    await broker.declare(topology);
    await broker.admin?.deleteQueue(queue?.name ?? '');
    await broker.declare(topology);
    await send(broker, queue?.name ?? '', 'x');
  });
}
