import { EventEmitter } from 'node:events';
import { AccessRefused, BrokerUnavailable } from '@nestjs-celery/core';
import { FakeClock } from '@nestjs-celery/core/testing';
import type { AmqpConnection } from './amqp-connection.js';
import { AmqpLink } from './amqp-link.js';
import { parseAmqpUrls } from './amqp-url.js';
import { ServerList } from './server-list.js';

class FakeConnection {
  readonly events = new EventEmitter();
  closed = 0;
  async close(): Promise<void> {
    this.closed++;
    this.events.emit('lost', new Error('closed'));
  }
}

/** A link over two brokers whose answers the spec decides. */
function linkTo(answers: (host: string) => Promise<FakeConnection>) {
  const clock = new FakeClock();
  const states: string[] = [];
  const tried: string[] = [];
  const servers = new ServerList(parseAmqpUrls('amqp://a//;amqp://b//'), 'round-robin');
  const link = new AmqpLink({
    servers,
    clock,
    onState: (state) => states.push(state),
    open: (server) => {
      tried.push(server.host);
      return answers(server.host) as Promise<unknown> as Promise<AmqpConnection>;
    },
  });
  return { link, clock, states, tried };
}

const refuse = () => Promise.reject(new BrokerUnavailable('away'));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the link to the broker', () => {
  it('opens one connection however many ask for it', async () => {
    const { link, states, tried } = linkTo(async () => new FakeConnection());
    const connections = await Promise.all([link.connection(), link.connection()]);
    expect(connections[0]).toBe(connections[1]);
    expect(await link.connection()).toBe(connections[0]);
    expect(tried).toEqual(['a']);
    expect(states).toEqual(['connecting', 'ready']);
  });

  it('tries the next broker when one is away, and begins with the one that worked', async () => {
    const { link, states, tried } = linkTo((host) => (host === 'a' ? refuse() : Promise.resolve(new FakeConnection())));
    const connection = await link.connection();
    connection.events.emit('lost', new Error('cut'));
    expect(link.current).toBeUndefined();
    await link.connection();
    expect(tried).toEqual(['a', 'b', 'b']);
    expect(states).toEqual(['connecting', 'ready', 'idle', 'connecting', 'ready']);
  });

  it('says blocked and ready again', async () => {
    const { link, states } = linkTo(async () => new FakeConnection());
    const { events } = await link.connection();
    events.emit('blocked', 'low on memory');
    events.emit('blocked', undefined);
    expect(states.slice(2)).toEqual(['blocked', 'ready']);
  });

  it('waits longer from one failed round to the next, so that a broker that is away is not stormed', async () => {
    const { link, clock, tried } = linkTo(refuse);
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      const begin = clock.monotonic();
      const failed = link.connection().catch(() => pauses.push(clock.monotonic() - begin));
      await turn();
      while (pauses.length === round) await clock.advance(1);
      await failed;
    }
    expect(tried).toHaveLength(16);
    expect(pauses[0]).toBe(0);
    // a pause counts from the failure before it, which the steps of this clock show up to 1 ms later
    [50, 100, 200, 400, 800, 1000, 1000].forEach((longest, i) => {
      expect(pauses[i + 1]).toBeGreaterThanOrEqual(longest / 2 - 1);
      expect(pauses[i + 1]).toBeLessThanOrEqual(longest + 1);
    });
  });

  it('says that trying again is pointless only when every broker refused us', async () => {
    const denied = () => Promise.reject(new AccessRefused('denied'));
    await expect(linkTo(denied).link.connection()).rejects.toMatchObject({
      code: 'ACCESS_REFUSED',
      message: 'denied denied',
    });
    const mixed = linkTo((host) => (host === 'a' ? denied() : refuse()));
    await expect(mixed.link.connection()).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', message: 'denied away' });
  });

  it('is closed during an attempt: what is opened then is closed at once', async () => {
    const late = new FakeConnection();
    let answer: (connection: FakeConnection) => void = () => {};
    const { link, states } = linkTo(() => new Promise((resolve) => (answer = resolve)));
    const connecting = link.connection();
    const closing = link.close();
    answer(late);
    await expect(connecting).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await closing;
    expect(late.closed).toBe(1);
    expect(states).toEqual(['connecting', 'idle']);
  });

  it('is closed during a pause between attempts, and leaves no timer', async () => {
    const { link, clock } = linkTo(refuse);
    await expect(link.connection()).rejects.toThrow('away');
    const second = link.connection();
    const refused = expect(second).rejects.toThrow('closed while it was connecting');
    await turn();
    expect(clock.pendingTimers).toBe(1);
    await link.close();
    await refused;
    expect(clock.pendingTimers).toBe(0);
  });

  it('opens another connection after it was closed', async () => {
    const { link } = linkTo(async () => new FakeConnection());
    const first = await link.connection();
    await link.close();
    await link.close();
    expect((first as unknown as FakeConnection).closed).toBe(1);
    expect(await link.connection()).not.toBe(first);
  });
});

describe('the order of brokers', () => {
  const hosts = (list: ServerList) => list.inOrder().map((server) => server.host);
  const servers = parseAmqpUrls('amqp://a//;amqp://b//;amqp://c//');

  it('goes round from the one that worked', () => {
    const list = new ServerList(servers, 'round-robin');
    expect(hosts(list)).toEqual(['a', 'b', 'c']);
    const [, second] = servers;
    if (second) list.worked(second);
    expect(hosts(list)).toEqual(['b', 'c', 'a']);
  });

  it('is any when shuffled, each broker once', () => {
    const list = new ServerList(servers, 'shuffle');
    const orders = new Set(Array.from({ length: 200 }, () => hosts(list).join('')));
    expect(orders.size).toBe(6);
  });
});
