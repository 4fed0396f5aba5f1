import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OutgoingMessage } from '../../contracts/broker.js';
import { testGlobals } from '../test-globals.js';
import { SAFELY, bodyOf, send, toQueue } from './messages.js';
import { only, type BrokerSuite } from './suite.js';

/** What is sent arrives: body, headers, properties, in order. */
export function describeCarrying(suite: BrokerSuite): void {
  const { it } = testGlobals();

  it('delivers body, properties, exchange and routing key as they were sent', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const sent: OutgoingMessage = {
      body: Buffer.from('[[1], {}, {"é": "☃"}]'),
      headers: {},
      properties: {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        correlationId: randomUUID(),
        replyTo: 'answers',
        deliveryMode: 2,
        priority: 0,
        messageId: 'm-1',
        timestamp: new Date('2026-11-20T10:00:00Z'),
        type: 'task',
        appId: 'app',
      },
    };
    await broker.publish(sent, toQueue(queue), SAFELY);
    const delivery = await only(await suite.consume(broker, [queue]));
    assert.deepEqual(delivery.message.properties, sent.properties);
    assert.equal(delivery.message.body.toString(), sent.body.toString());
    assert.equal(delivery.message.exchange, '');
    assert.equal(delivery.message.routingKey, queue);
    assert.equal(delivery.queue, queue);
    assert.equal(delivery.redelivered, false);
    assert.equal(delivery.deliveryCount, undefined);
  });

  it('delivers headers of every kind as they were sent', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const headers = {
      text: 'é☃',
      empty: '',
      nothing: null,
      yes: true,
      no: false,
      fraction: -1.5,
      time: new Date('2026-11-20T10:00:00Z'),
      bytes: Buffer.from([0, 255, 1]),
      list: ['a', null, [1, ['deep']], {}],
      table: { timelimit: [300, null], inner: { list: [{}] } },
      'x-odd key': 1,
    };
    await send(broker, queue, '', { ...headers, leftOut: undefined });
    const delivery = await only(await suite.consume(broker, [queue]));
    assert.deepEqual(plain(delivery.message.headers), headers);
  });

  it('delivers integers of every size as they were sent, at any depth', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const integers = [
      [0, 1, -1, 127, -128, 128, -129, 255, 256, 300, 32_767, -32_768, 32_768, 65_535, 65_536],
      [2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 1_763_710_000_123, 2 ** 53 - 1, -(2 ** 53) + 1],
      [9_007_199_254_740_993n, -9_007_199_254_740_993n, 2n ** 63n - 1n, -(2n ** 63n)],
    ];
    const headers = { integers, nested: { stamps: { each: [integers] } } };
    await send(broker, queue, '', headers);
    const delivery = await only(await suite.consume(broker, [queue]));
    assert.deepEqual(plain(delivery.message.headers), headers);
  });

  it('takes a header named __proto__ for a header', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as OutgoingMessage['headers'];
    await send(broker, queue, '', { ...hostile, inner: hostile as never });
    const { headers } = (await only(await suite.consume(broker, [queue]))).message;
    assert.equal((headers as { polluted?: unknown }).polluted, undefined);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.deepEqual(Object.keys(headers).sort(), ['__proto__', 'constructor', 'inner']);
    assert.equal(headers['toString'], undefined);
  });

  it('carries an empty body, and one of some megabytes', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const large = Buffer.alloc(3_000_001, 'abc');
    for (const body of [Buffer.alloc(0), large, Buffer.from('after')]) {
      await broker.publish({ body, headers: {}, properties: {} }, toQueue(queue), SAFELY);
    }
    const [first, second, third] = await (await suite.consume(broker, [queue])).received(3);
    assert.equal(first?.message.body.length, 0);
    assert.ok(second?.message.body.equals(large));
    assert.equal(third && bodyOf(third), 'after');
  });

  it('does not share the message with the sender', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const message = { body: Buffer.from('before'), headers: { list: ['before'] }, properties: {} };
    await broker.publish(message, toQueue(queue), SAFELY);
    message.body.fill('x');
    message.headers.list.push('after');
    const delivery = await only(await suite.consume(broker, [queue]));
    assert.equal(bodyOf(delivery), 'before');
    assert.deepEqual(delivery.message.headers['list'], ['before']);
  });

  it('delivers in the order of the calls, however many come at once', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const texts = Array.from({ length: 3_000 }, (_, n) => String(n));
    await Promise.all(texts.map((text) => send(broker, queue, text)));
    const consumed = await suite.consume(broker, [queue]);
    await consumed.received(texts.length);
    assert.deepEqual(consumed.bodies(), texts);
  });

  it('never delivers within the call of publish', async () => {
    const broker = await suite.connected();
    const queue = await suite.queue(broker);
    const consumed = await suite.consume(broker, [queue]);
    const sent = send(broker, queue, 'x');
    assert.equal(consumed.deliveries.length, 0);
    await sent;
    await consumed.received(1);
  });
}

/** With the prototypes and buffers that `deepEqual` wants to see. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
