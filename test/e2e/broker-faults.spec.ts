import { amqp } from '@nestjs-celery/amqp';
import type { Broker } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { consume, durableQueue, send } from '../support/consume.js';
import { describeWithServer, startOwnServer } from '../support/own-server.js';

describeWithServer('rabbitmq')('a RabbitMQ in trouble', () => {
  let server: Awaited<ReturnType<typeof startOwnServer>>;
  let broker: Broker;
  const ctl = (...args: string[]) => server.tool('rabbitmqctl', ...args);

  beforeAll(async () => {
    server = await startOwnServer('rabbitmq');
  }, 60_000);

  beforeEach(async () => {
    broker = amqp(server.url)(adapterDeps());
    await broker.declare(durableQueue('q'));
    await broker.admin?.purge('q');
  });

  afterEach(() => broker.close());

  it('that takes no messages (memory alarm): says so, lets publishes wait for their timeout, and consumes on', async () => {
    await send(broker, 'q', 'before');
    await send(broker, 'q', 'too');
    const states: string[] = [];
    broker.status.onChange((state) => states.push(state));
    const relieve = () => ctl('set_vm_memory_high_watermark', '0.4');
    await ctl('set_vm_memory_high_watermark', '0.00001');
    try {
      const sent = send(broker, 'q', 'during', 100_000);
      await waitUntil('blocked', () => broker.status.state === 'blocked');
      await expect(send(broker, 'q', 'impatient', 200)).rejects.toMatchObject({
        code: 'PUBLISH_TIMEOUT',
        message: expect.stringMatching(
          /^No confirm within 200 ms .*'', routing key 'q'\. It was not sent: .*low on memory/,
        ),
      });
      const consumed = await consume(broker, 'q');
      const [first] = await consumed.received(2);
      expect(first?.ack()).toBe('sent');
      await relieve();
      await sent;
      expect(states).toEqual(['blocked', 'ready']);
      await consumed.received(3);
      expect(consumed.deliveries.map((delivery) => delivery.message.body.toString())).toEqual([
        'before',
        'too',
        'during',
      ]);
    } finally {
      await relieve();
    }
  }, 120_000);

  it('that ends a channel because an acknowledgement is overdue: tells its session, and no other', async () => {
    await ctl(
      'eval',
      'application:set_env(rabbit, channel_tick_interval, 200), application:set_env(rabbit, consumer_timeout, 500).',
    );
    try {
      await send(broker, 'q', 'x');
      const consumed = await consume(broker, 'q');
      const [delivery] = await consumed.received(1);
      const other = await consume(broker, 'q', { noAck: true });
      const error = await consumed.untilLost();
      expect(error).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: expect.stringContaining('consumer_timeout'),
      });
      expect(delivery?.ack()).toBe('stale');
      expect((await other.received(1))[0]?.redelivered).toBe(true);
      expect([consumed.lost.length, other.lost.length]).toEqual([1, 0]);
    } finally {
      await ctl('eval', 'application:set_env(rabbit, consumer_timeout, 1800000).');
    }
  }, 120_000);

  it('that is restarted in good order: gives its reason, and can be used as soon as it is back', async () => {
    await send(broker, 'q', 'x');
    const consumed = await consume(broker, 'q');
    await consumed.received(1);
    await ctl('stop_app');
    expect(await consumed.untilLost()).toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringMatching(
        /^The connection to amqp:\/\/guest:\*\*@127.* was lost: CONNECTION_FORCED - .*shutdown/,
      ),
    });
    await waitUntil('the publishing connection to be lost too', () => broker.status.state === 'idle');
    expect(broker.status.lastError?.message).toContain('CONNECTION_FORCED');
    expect(consumed.deliveries[0]?.ack()).toBe('stale');
    await expect(send(broker, 'q', 'y')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await ctl('start_app');
    await send(broker, 'q', 'y');
    const again = await consume(broker, 'q');
    expect((await again.received(2)).map((delivery) => delivery.redelivered)).toEqual([true, false]);
  }, 120_000);

  it('that revokes a permission: says what was refused, and to whom it is allowed goes on', async () => {
    await ctl('set_permissions', 'guest', '.*', '^(q|amq\\.default)$', '.*');
    try {
      const message = { body: Buffer.from('x'), headers: {}, properties: {} };
      const refused = broker.publish(
        message,
        { exchange: 'amq.topic', routingKey: 'x' },
        { confirm: true, mandatory: false, timeout: 5_000 },
      );
      await expect(refused).rejects.toMatchObject({
        code: 'ACCESS_REFUSED',
        message: expect.stringContaining("'amq.topic'"),
      });
      await expect(broker.declare(durableQueue('other'))).resolves.toBeUndefined();
      await send(broker, 'q', 'x');
    } finally {
      await ctl('set_permissions', 'guest', '.*', '.*', '.*');
    }
  }, 120_000);

  it('that refuses messages because a queue is full: rejects them as refused', async () => {
    const full = {
      ...durableQueue('full').queues[0],
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    };
    await broker.declare({
      exchanges: [],
      queues: [{ name: 'full', durable: true, exclusive: false, autoDelete: false, ...full }],
      bindings: [],
    });
    const results = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => send(broker, 'full', String(n))));
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : 'sent',
    );
    expect(codes[0]).toBe('sent');
    expect(codes.slice(2)).toEqual(['MESSAGE_NACKED', 'MESSAGE_NACKED', 'MESSAGE_NACKED']);
    await broker.admin?.deleteQueue('full');
  });

  it('that does not take so large a message: names the limit, and takes the next', async () => {
    await ctl('eval', 'application:set_env(rabbit, max_message_size, 100000).');
    try {
      await broker.close();
      await broker.connect();
      await expect(send(broker, 'q', 'x'.repeat(100_001))).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: expect.stringContaining('100001'),
      });
      await send(broker, 'q', 'small');
    } finally {
      await ctl('eval', 'application:set_env(rabbit, max_message_size, 134217728).');
    }
  }, 60_000);
});
