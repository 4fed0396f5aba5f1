import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Broker, CeleryOptions, Logger } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { consume, durableQueue, send } from '../../../test/support/consume.js';
import { ownQueue } from '../../../test/support/own-queue.js';
import { amqpUrl } from '../../../test/support/servers.js';
import { startProxy } from '../../../test/support/tcp-proxy.js';
import type { AmqpOptions } from './amqp-options.js';
import { amqp } from './index.js';

const CANARY = 'sw0rdfish-canary';

const brokers: Broker[] = [];
const logged: string[] = [];
const note = (line: string) => void logged.push(line);
const logger: Logger = { debug: note, log: note, warn: note, error: note };

function make(url: string | string[], options?: AmqpOptions, settings: CeleryOptions = {}): Broker {
  const broker = amqp(url, options)(adapterDeps(settings, { logger }));
  brokers.push(broker);
  return broker;
}

afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

/** The URL of the run's broker with other parts. */
function urlWith(parts: { host?: string; password?: string; vhost?: string; query?: string }): string {
  const url = new URL(amqpUrl());
  const { host = url.host, password = url.password, vhost = url.pathname, query = '' } = parts;
  return `amqp://${url.username}:${password}@${host}${vhost}${query}`;
}

describe('the login', () => {
  it('with a wrong password is refused, names the user and the vhost, and never the password', async () => {
    const broker = make(urlWith({ password: CANARY }));
    const error = await broker.connect().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ACCESS_REFUSED' });
    const { username, hostname } = new URL(amqpUrl());
    expect((error as Error).message).toContain(`${username}@${hostname.replace('localhost', '127.0.0.1')}`);
    expect((error as Error).message).toContain("vhost '/'");
    const everything = [
      inspect(error, { depth: 20 }),
      inspect(broker, { depth: 20, showHidden: true }),
      broker.safeUrl,
      ...logged,
    ];
    expect(everything.join('\n')).not.toContain(CANARY);
    await expect(send(broker, 'q', 'x')).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
  });

  it('to a vhost that does not exist is refused, and names it', async () => {
    const error = await make(urlWith({ vhost: '/no%2Fsuch' }))
      .connect()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ACCESS_REFUSED', message: expect.stringContaining("vhost 'no/such'") });
  });

  it('is worth another try when nobody listens', async () => {
    const broker = make('amqp://guest:guest@127.0.0.1:1//');
    await expect(broker.connect()).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringMatching(/^Cannot connect to amqp:\/\/guest:\*\*@127\.0\.0\.1:1\/\/: connect ECONNREFUSED/),
    });
    expect(broker.status.state).toBe('idle');
    expect(broker.status.lastError).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  it('gives up in time when the other side accepts and says nothing', async () => {
    const proxy = await startProxy(amqpUrl());
    proxy.silence();
    const broker = make(urlWith({ host: proxy.address }), {}, { brokerConnectionTimeout: 0.3 });
    await expect(broker.connect()).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('ETIMEDOUT'),
    });
  });
});

describe('a failover list', () => {
  const dead = 'amqp://guest:guest@127.0.0.1:1//';

  it.each(['round-robin', 'shuffle'] as const)('is tried until one answers: %s', async (brokerFailoverStrategy) => {
    const broker = make(`${dead};${amqpUrl()}`, {}, { brokerFailoverStrategy });
    await broker.connect();
    expect(broker.status.state).toBe('ready');
  });

  it('names each of them when none does', async () => {
    const broker = make([dead, 'amqp://guest:guest@127.0.0.1:2//']);
    await expect(broker.connect()).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1.*127\.0\.0\.1:2/),
    });
  });
});

describe('a connection that is cut', () => {
  it('rejects what has no confirm, tells the session, and can be used again: 20 times', async () => {
    const proxy = await startProxy(amqpUrl());
    const queue = ownQueue();
    const broker = make(urlWith({ host: proxy.address }));
    await broker.declare(durableQueue(queue));
    for (let round = 0; round < 20; round++) {
      const consumed = await consume(broker, queue);
      await send(broker, queue, `held ${round}`);
      await consumed.received(1);
      const pending = Promise.allSettled(Array.from({ length: 50 }, (_, n) => send(broker, queue, `${round}.${n}`)));
      proxy.cut();
      const results = await pending;
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      }
      expect(await consumed.untilLost()).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      for (const delivery of consumed.deliveries) expect(delivery.ack()).toBe('stale');
      expect(consumed.lost).toHaveLength(1);
      await broker.connect();
    }
    await waitUntil('only the connections in use', () => proxy.connections <= 2);
    const { deliveries } = await consume(broker, queue);
    const held = () => deliveries.filter(({ message }) => message.body.toString().startsWith('held'));
    // among them, what got through before the cut
    await waitUntil('every message that was held', () => held().length === 20);
  }, 60_000);

  it('is noticed by the heartbeat when nobody tells, and does not hold up a publish longer than its timeout', async () => {
    const proxy = await startProxy(amqpUrl());
    const queue = ownQueue();
    const broker = make(urlWith({ host: proxy.address, query: '?heartbeat=1' }));
    await broker.declare(durableQueue(queue));
    await send(broker, queue, 'before');
    const consumed = await consume(broker, queue);
    proxy.freeze();
    await expect(send(broker, queue, 'x', 300)).rejects.toMatchObject({
      code: 'PUBLISH_TIMEOUT',
      message: expect.stringContaining('It was sent, and may or may not have arrived.'),
    });
    expect(await consumed.untilLost()).toMatchObject({ message: expect.stringContaining('Heartbeat timeout') });
    await waitUntil('the sockets to be closed', () => proxy.connections === 0);
    await send(broker, queue, 'y');
  }, 20_000);

  it('does not hold up close() for ever', async () => {
    const proxy = await startProxy(amqpUrl());
    const broker = make(urlWith({ host: proxy.address }), {}, { brokerConnectionTimeout: 2 });
    const queue = ownQueue();
    await broker.declare(durableQueue(queue));
    await consume(broker, queue);
    proxy.freeze();
    await broker.close();
    await waitUntil('the sockets to be closed', () => proxy.connections === 0);
  });
});

describe('TLS', () => {
  const file = (name: string) => new URL(`../../../test/data/tls/${name}`, import.meta.url);
  const [key, cert] = [readFileSync(file('key.pem')), readFileSync(file('cert.pem'))];
  const secure = async (query = '') => {
    const proxy = await startProxy(amqpUrl(), { key, cert });
    return urlWith({ host: proxy.address, query }).replace('amqp:', 'amqps:');
  };

  it('carries messages when the certificate is the expected one', async () => {
    const queue = ownQueue();
    const broker = make(await secure(), { tls: { ca: cert, servername: 'broker.test' } });
    await broker.declare(durableQueue(queue));
    await Promise.all(Array.from({ length: 500 }, (_, n) => send(broker, queue, String(n))));
    const consumed = await consume(broker, queue);
    expect((await consumed.received(500)).map((delivery) => Number(delivery.message.body))).toEqual([
      ...Array(500).keys(),
    ]);
    expect(broker.safeUrl).toMatch(/^amqps:/);
  });

  it('takes the certificate of the authority from the URL', async () => {
    const query = `?cacertfile=${encodeURIComponent(file('cert.pem').pathname)}&server_name_indication=broker.test`;
    await make(await secure(query)).connect();
  });

  it('is refused when nobody vouches for the certificate', async () => {
    await expect(make(await secure()).connect()).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  it('is refused when the certificate is for another host', async () => {
    await expect(make(await secure(), { tls: { ca: cert } }).connect()).rejects.toMatchObject({
      message: expect.stringContaining('does not match'),
    });
  });

  it('does not verify only when it is told so', async () => {
    await make(await secure('?verify=verify_none')).connect();
  });

  it('names a file that cannot be read', async () => {
    await expect(make(await secure('?cacertfile=/no/such.pem')).connect()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining("'/no/such.pem'"),
    });
  });
});
