import { randomUUID } from 'node:crypto';
import type { Broker, Topology } from '../contracts/broker.js';
import { adapterDeps, describeBroker, FakeClock, waitUntil } from '../testing/index.js';
import { memoryBroker } from './memory-broker.js';

const shared = randomUUID();

describeBroker('memory://', () => memoryBroker(`memory://${shared}`)(adapterDeps()));

describe('a memory broker', () => {
  const brokers: Broker[] = [];
  const make = (name: string, deps = adapterDeps()): Broker => {
    const broker = memoryBroker(`memory://${name}`)(deps);
    brokers.push(broker);
    return broker;
  };

  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  });

  it('shares its queues with those of the same name only', async () => {
    const [one, two, other] = [make('a'), make('a'), make('b')];
    await one.declare(queueNamed('q'));
    expect(await two.admin?.depth('q')).toEqual({ messages: 0, consumers: 0 });
    expect(await other.admin?.depth('q')).toBeUndefined();
  });

  it('forgets everything when the last of the name is closed', async () => {
    const [one, two] = [make('a'), make('a')];
    await one.declare(queueNamed('q'));
    await two.connect();
    await one.close();
    expect(await two.admin?.depth('q')).toBeDefined();
    await two.close();
    expect(await make('a').admin?.depth('q')).toBeUndefined();
  });

  it('deletes its exclusive queues when it is closed, and an auto-delete queue with its last consumer', async () => {
    const [one, two] = [make('a'), make('a')];
    await two.connect();
    await one.declare(queueNamed('own', { exclusive: true, autoDelete: true }));
    await one.declare(queueNamed('short', { autoDelete: true }));
    const session = await two.openSession({ onDelivery: () => {}, onLost: () => {}, onCancelled: () => {} });
    await session.subscribe('short');
    await session.unsubscribe('short');
    expect(await two.admin?.depth('short')).toBeUndefined();
    await one.close();
    expect(await two.admin?.depth('own')).toBeUndefined();
  });

  it('lets an exclusive consumer be alone', async () => {
    const broker = make('a');
    await broker.declare(queueNamed('q'));
    const session = await broker.openSession({ onDelivery: () => {}, onLost: () => {}, onCancelled: () => {} });
    await session.subscribe('q', { exclusive: true });
    const second = await broker.openSession({ onDelivery: () => {}, onLost: () => {}, onCancelled: () => {} });
    await expect(second.subscribe('q')).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
  });

  it('drops a message when its time, or that of its queue, is over by the injected clock', async () => {
    const clock = new FakeClock();
    const broker = make('a', adapterDeps({}, { clock }));
    await broker.declare(queueNamed('q', { arguments: { 'x-message-ttl': 1_000 } }));
    for (const properties of [{ expiration: '500' }, { expiration: '5000' }]) {
      const message = { body: Buffer.from('x'), headers: {}, properties };
      await broker.publish(message, { exchange: '', routingKey: 'q' }, { confirm: true, mandatory: true, timeout: 1 });
    }
    const messages = async () => (await broker.admin?.depth('q'))?.messages;
    expect(await messages()).toBe(2);
    await clock.advance(500);
    expect(await messages()).toBe(1);
    await clock.advance(500);
    expect(await messages()).toBe(0);
  });

  it('puts a handler that throws into the log', async () => {
    const lines: string[] = [];
    const logger = { debug() {}, log() {}, warn() {}, error: (line: string) => void lines.push(line) };
    const broker = make('a', adapterDeps({}, { logger }));
    await broker.declare(queueNamed('q'));
    const onDelivery = () => {
      throw new Error('the handler broke');
    };
    const session = await broker.openSession({ onDelivery, onLost: () => {}, onCancelled: () => {} });
    await session.subscribe('q');
    const message = { body: Buffer.from('x'), headers: {}, properties: {} };
    await broker.publish(message, { exchange: '', routingKey: 'q' }, { confirm: true, mandatory: true, timeout: 1 });
    await waitUntil('the line', () => lines.length > 0);
    expect(lines).toEqual([expect.stringContaining('the handler broke')]);
  });
});

function queueNamed(name: string, settings: Partial<Topology['queues'][number]> = {}): Topology {
  return {
    exchanges: [],
    queues: [{ name, durable: true, exclusive: false, autoDelete: false, ...settings }],
    bindings: [],
  };
}
