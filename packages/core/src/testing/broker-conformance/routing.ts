import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ExchangeType, OutgoingMessage } from '../../contracts/broker.js';
import { testGlobals } from '../test-globals.js';
import { SAFELY, bodyOf } from './messages.js';
import type { BrokerSuite } from './suite.js';

/** Which queues a message reaches through each type of exchange. */
export function describeRouting(suite: BrokerSuite): void {
  const { it } = testGlobals();

  const through = async (type: ExchangeType, bindings: Record<string, string[]>, sent: string[]) => {
    const broker = await suite.connected();
    const exchange = `conformance-${randomUUID()}`;
    const queues = new Map(Object.keys(bindings).map((name) => [name, suite.queueName()]));
    await broker.declare({
      exchanges: [{ name: exchange, type, durable: false, autoDelete: true }],
      queues: [...queues.values()].map((name) => ({ name, durable: true, exclusive: false, autoDelete: false })),
      bindings: [...queues].flatMap(([name, queue]) =>
        (bindings[name] ?? []).map((routingKey) => ({ queue, exchange, routingKey })),
      ),
    });
    for (const key of sent) {
      const message = { body: Buffer.from(key), headers: {}, properties: {} };
      await broker.publish(message, { exchange, routingKey: key }, { ...SAFELY, mandatory: false });
    }
    const found: Record<string, string[]> = {};
    for (const [name, queue] of queues) {
      const { messages = 0 } = (await broker.admin?.depth(queue)) ?? {};
      const consumed = await suite.consume(broker, [queue]);
      await consumed.received(messages);
      found[name] = consumed.bodies();
      for (const delivery of consumed.deliveries) {
        assert.deepEqual([delivery.message.exchange, delivery.message.routingKey], [exchange, bodyOf(delivery)]);
      }
    }
    return found;
  };

  it('by the exact key through a direct exchange', async () => {
    const found = await through('direct', { a: ['one', 'two'], b: ['two'] }, ['one', 'two', 'three']);
    assert.deepEqual(found, { a: ['one', 'two'], b: ['two'] });
  });

  it('by words through a topic exchange, each queue once', async () => {
    const patterns = { star: ['task.*'], hash: ['task.#', '#'], middle: ['#.mail.*'], exact: ['task.mail.send'] };
    const found = await through('topic', patterns, ['task', 'task.mail', 'task.mail.send', 'x.y.mail.z']);
    assert.deepEqual(found, {
      star: ['task.mail'],
      hash: ['task', 'task.mail', 'task.mail.send', 'x.y.mail.z'],
      middle: ['task.mail.send', 'x.y.mail.z'],
      exact: ['task.mail.send'],
    });
  });

  it('to every queue of a fanout exchange', async () => {
    assert.deepEqual(await through('fanout', { a: [''], b: ['x'] }, ['k']), { a: ['k'], b: ['k'] });
  });

  it('by its headers through a headers exchange: all that a binding names, or any of them', async () => {
    const broker = await suite.connected();
    const exchange = `conformance-${randomUUID()}`;
    const bindings = {
      all: { 'x-match': 'all', kind: 'report', format: 'pdf' },
      any: { 'x-match': 'any', kind: 'report', urgent: true },
    };
    const queues = new Map(Object.keys(bindings).map((name) => [name, suite.queueName()]));
    await broker.declare({
      exchanges: [{ name: exchange, type: 'headers', durable: false, autoDelete: true }],
      queues: [...queues.values()].map((name) => ({ name, durable: true, exclusive: false, autoDelete: false })),
      bindings: Object.entries(bindings).map(([name, args]) => ({
        queue: queues.get(name) ?? '',
        exchange,
        routingKey: name,
        arguments: args,
      })),
    });
    const sent: Record<string, OutgoingMessage['headers']> = {
      both: { kind: 'report', format: 'pdf' },
      one: { kind: 'report', format: 'csv' },
      urgent: { urgent: true },
      neither: { kind: 'mail' },
    };
    for (const [text, headers] of Object.entries(sent)) {
      const message = { body: Buffer.from(text), headers, properties: {} };
      await broker.publish(message, { exchange, routingKey: '' }, { ...SAFELY, mandatory: false });
    }
    const bodies = async (name: string, count: number) => {
      const consumed = await suite.consume(broker, [queues.get(name) ?? '']);
      await consumed.received(count);
      return consumed.bodies();
    };
    assert.deepEqual([await bodies('all', 1), await bodies('any', 3)], [['both'], ['both', 'one', 'urgent']]);
  });
}
