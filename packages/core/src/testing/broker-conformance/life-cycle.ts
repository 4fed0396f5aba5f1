import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { numbers, send } from './messages.js';
import { queueTopology, type BrokerSuite } from './suite.js';

/** Connecting and closing, once, twice and again. */
export function describeLifeCycle(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('connects once however often it is asked, and closes twice', async () => {
    const broker = await suite.connected();
    await Promise.all([broker.connect(), broker.connect()]);
    assert.equal(broker.status.state, 'ready');
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
    assert.equal(broker.status.state, 'closed');
  });

  it('tells every change of its state until nobody listens any more', async () => {
    const broker = await suite.connected();
    const states: string[] = [];
    const stop = broker.status.onChange((state) => states.push(state));
    await broker.close();
    assert.deepEqual(states, ['closed']);
    stop();
    await broker.connect();
    assert.deepEqual(states, ['closed']);
  });

  it('connects by itself when it is first used, but not again after it was closed', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    await broker.close();
    await assert.rejects(send(broker, queue, 'x'), { code: 'BROKER_UNAVAILABLE' });
    await assert.rejects(broker.declare(queueTopology(queue)), { code: 'BROKER_UNAVAILABLE' });
    await assert.rejects(suite.consume(broker, [queue]), { code: 'BROKER_UNAVAILABLE' });
    await broker.connect();
    await broker.declare(queueTopology(queue));
    await send(broker, queue, 'x');
  });

  it('finishes what is being published before it closes', async () => {
    const [sender, other] = [await suite.connected(), await suite.connected()];
    const queue = await suite.queue(other);
    const sent = Promise.all(numbers(200).map((text) => send(sender, queue, text)));
    await sender.close();
    await sent;
    assert.equal((await other.admin?.depth(queue))?.messages, 200);
  });

  it('gives back what its sessions hold when it closes', async () => {
    const [worker, other] = [await suite.connected(), await suite.connected()];
    const queue = await suite.queue(other);
    await Promise.all(numbers(3).map((text) => send(other, queue, text)));
    const consumed = await suite.consume(worker, [queue]);
    const [first] = await consumed.received(3);
    first?.ack();
    await worker.close();
    assert.deepEqual(consumed.lost, []);
    const [second] = await (await suite.consume(other, [queue])).received(2);
    assert.equal(second?.redelivered, true);
  });

  it('shows its address', async () => {
    assert.match((await suite.connected()).safeUrl, /^\w+:\/\//);
  });
}
