import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  Broker,
  ConsumeOptions,
  DeclareArguments,
  Delivery,
  ExchangeType,
  OutgoingMessage,
  PublishOptions,
  Session,
  Topology,
} from '../contracts/broker.js';
import { testGlobals } from './test-globals.js';
import { waitUntil } from './wait-until.js';

/** How the suite gets brokers: each call a new one, unconnected, all to one and the same server. */
export type MakeBroker = () => Broker | Promise<Broker>;

const SAFELY: PublishOptions = { confirm: true, mandatory: true, timeout: 10_000 };

/** What every broker promises, whatever carries the messages. Call it at the top level of a spec. */
export function describeBroker(name: string, makeBroker: MakeBroker): void {
  const { describe } = testGlobals();
  const suite = new Suite(makeBroker);
  describe(`${name} as a broker`, () => {
    suite.cleanUpAfterEach();
    describe('carries messages', () => describeMessages(suite));
    describe('routes', () => describeRouting(suite));
    describe('answers each publish', () => describeAnswers(suite));
    describe('declares', () => describeDeclaring(suite));
    describe('delivers', () => describeDelivering(suite));
    describe('settles', () => describeSettling(suite));
    describe('looks into queues', () => describeAdmin(suite));
    describe('lives', () => describeLife(suite));
  });
}

/** What a consumer saw. */
interface Consumed {
  session: Session;
  deliveries: Delivery[];
  cancelled: string[];
  lost: Error[];
  bodies(): string[];
  /** Resolves when so many have come. */
  received(count: number): Promise<Delivery[]>;
}

class Suite {
  readonly #open: Broker[] = [];
  readonly #queues: string[] = [];

  constructor(private readonly makeBroker: MakeBroker) {}

  async connected(): Promise<Broker> {
    const broker = await this.makeBroker();
    this.#open.push(broker);
    await broker.connect();
    return broker;
  }

  /** A queue of its own, which goes with the test. */
  async queue(broker: Broker, args?: DeclareArguments): Promise<string> {
    const name = this.queueName();
    await broker.declare(queueTopology(name, args));
    return name;
  }

  queueName(): string {
    const name = `conformance-${randomUUID()}`;
    this.#queues.push(name);
    return name;
  }

  async consume(
    broker: Broker,
    queues: string[],
    options: ConsumeOptions & { prefetch?: number } = {},
  ): Promise<Consumed> {
    const { prefetch = 0, ...how } = options;
    const seen = { deliveries: [] as Delivery[], cancelled: [] as string[], lost: [] as Error[] };
    const session = await broker.openSession({
      onDelivery: (delivery) => void seen.deliveries.push(delivery),
      onCancelled: (queue) => void seen.cancelled.push(queue),
      onLost: (error) => void seen.lost.push(error),
    });
    await session.setPrefetch(prefetch);
    for (const queue of queues) await session.subscribe(queue, how);
    const received = async (count: number) => {
      await waitUntil(`${count} deliveries`, () => seen.deliveries.length >= count);
      return seen.deliveries;
    };
    return { session, ...seen, received, bodies: () => seen.deliveries.map(bodyOf) };
  }

  cleanUpAfterEach(): void {
    testGlobals().afterEach(async () => {
      const [first] = this.#open;
      if (first) await first.connect();
      for (const queue of this.#queues.splice(0)) await first?.admin?.deleteQueue(queue);
      await Promise.all(this.#open.splice(0).map((broker) => broker.close()));
    });
  }
}

function describeMessages(suite: Suite): void {
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

function describeRouting(suite: Suite): void {
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
}

function describeAnswers(suite: Suite): void {
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

function describeDeclaring(suite: Suite): void {
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

function describeDelivering(suite: Suite): void {
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

function describeSettling(suite: Suite): void {
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

function describeAdmin(suite: Suite): void {
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

function describeLife(suite: Suite): void {
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

function queueTopology(name: string, args?: DeclareArguments): Topology {
  return {
    exchanges: [],
    queues: [{ name, durable: true, exclusive: false, autoDelete: false, ...(args ? { arguments: args } : {}) }],
    bindings: [],
  };
}

function send(broker: Broker, queue: string, text: string, headers: OutgoingMessage['headers'] = {}): Promise<void> {
  return broker.publish({ body: Buffer.from(text), headers, properties: { deliveryMode: 2 } }, toQueue(queue), SAFELY);
}

async function only(consumed: Consumed): Promise<Delivery> {
  const [delivery] = await consumed.received(1);
  assert.ok(delivery);
  return delivery;
}

/** With the prototypes and buffers that `deepEqual` wants to see. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const toQueue = (queue: string) => ({ exchange: '', routingKey: queue });
const bodyOf = (delivery: Delivery) => delivery.message.body.toString();
const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time enough for what must not come, without a clock: a broker that breaks its word does so at once. */
async function turns(): Promise<void> {
  for (let i = 0; i < 200; i++) await turn();
}
