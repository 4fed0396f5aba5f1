import { readFileSync } from 'node:fs';
import { ContentRegistry } from '../protocol/content.js';
import { FakeClock } from '../testing/fake-clock.js';
import { silentLogger } from '../contracts/logger.js';
import type { Broker, OutgoingMessage, Route, Topology } from '../contracts/broker.js';
import { NotFound } from '../errors/broker-errors.js';
import { ObservableBrokerStatus } from './broker-status.js';
import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';
import { delayDelivery, delayLevels, delayRoute } from './native-delay.js';
import { Publisher } from './publisher.js';
import { Signals } from './signals.js';
import type { ApplyAsyncOptions } from './task-options.js';
import { TaskQueues } from './topology.js';

const folder = new URL('../../../../test/data/wire/', import.meta.url);
const capture = (file: string) => JSON.parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as unknown;

interface Declared {
  exchanges: { name: string; type: string; durable: boolean; auto_delete: boolean; arguments: unknown }[];
  queues: { name: string; durable: boolean; auto_delete: boolean; arguments: [string, string, string | number][] }[];
  bindings: { source_name: string; destination_name: string; destination_kind: string; routing_key: string }[];
}

interface Captured {
  messages: { op: string; exchange: string; routing_keys: string[]; headers: Record<string, unknown> }[];
}

/** The settings of the capture. */
const QUORUM: CeleryOptions = { taskDefaultQueueType: 'quorum', taskDefaultExchangeType: 'topic' };

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

function merged(...topologies: (Topology | undefined)[]) {
  const all = topologies.filter((topology) => topology !== undefined);
  return {
    exchanges: all.flatMap(({ exchanges }) => exchanges),
    queues: all.flatMap(({ queues }) => queues),
    bindings: all.flatMap(({ bindings, exchangeBindings = [] }) => [
      ...bindings.map(({ queue, exchange, routingKey }) => `${exchange} → queue ${queue}: ${routingKey}`),
      ...exchangeBindings.map(
        ({ destination, source, routingKey }) => `${source} → exchange ${destination}: ${routingKey}`,
      ),
    ]),
  };
}

describe('native delayed delivery', () => {
  it("declares what Celery's worker declares, name by name and argument by argument", () => {
    const { data } = capture('topology-native-delayed-delivery') as { data: Declared };
    const queue = new TaskQueues(compileConfig(QUORUM)).get('celery');
    const ours = merged(delayLevels('quorum'), delayDelivery(queue));
    const isOfOthers = /^amq\.|pidbox|celeryev|^$/;
    expect(ours.queues.toSorted(byName)).toEqual(
      data.queues
        .filter(({ name }) => !isOfOthers.test(name))
        .map(({ name, durable, auto_delete: autoDelete, arguments: args }) => {
          const named = Object.fromEntries(args.map(([key, , value]) => [key, value]));
          return { name, durable, autoDelete, exclusive: false, arguments: named };
        })
        .toSorted(byName),
    );
    expect(ours.exchanges.toSorted(byName)).toEqual(
      data.exchanges
        .filter(({ name }) => !isOfOthers.test(name) && !name.startsWith('reply'))
        .map(({ name, type, durable, auto_delete: autoDelete }) => ({ name, type, durable, autoDelete }))
        .toSorted(byName),
    );
    const theirs = data.bindings
      .filter(({ source_name: source, destination_name: to }) => !isOfOthers.test(source) && !isOfOthers.test(to))
      .map(
        (binding) =>
          `${binding.source_name} → ${binding.destination_kind} ${binding.destination_name}: ${binding.routing_key}`,
      );
    expect(ours.bindings.toSorted()).toEqual(theirs.toSorted());
  });

  it('has queues without the arguments of quorum queues where they are to be classic', () => {
    const [queue] = delayLevels('classic').queues;
    expect(queue?.arguments).toEqual({
      'x-queue-type': 'classic',
      'x-overflow': 'reject-publish',
      'x-message-ttl': 2 ** 27 * 1000,
      'x-dead-letter-exchange': 'celery_delayed_26',
    });
  });

  it('writes the seconds in 28 bits before the key, in the place of those of an earlier delay', () => {
    const zeros = (count: number) => '0.'.repeat(count);
    expect(delayRoute(5, 'a.b')).toEqual({ exchange: 'celery_delayed_27', routingKey: `${zeros(25)}1.0.1.a.b` });
    expect(delayRoute(1, `${zeros(25)}1.0.1.a.b`).routingKey).toBe(`${zeros(27)}1.a.b`);
    expect(delayRoute(2 ** 28 - 1, 'k').routingKey).toBe(`${'1.'.repeat(28)}k`);
    expect(delayRoute(2 ** 40, 'k').routingKey).toBe(`${'1.'.repeat(28)}k`);
  });

  it('reaches a queue behind a headers exchange by its own binding, as a second one would take everything', () => {
    const taskQueues = [{ name: 'q', exchangeType: 'headers', bindingArguments: { kind: 'report' } }];
    const queue = new TaskQueues(compileConfig({ taskQueues })).get('q');
    expect(delayDelivery(queue)).toMatchObject({
      bindings: [{ queue: 'q', exchange: 'q', arguments: { kind: 'report' } }],
      exchangeBindings: [{ source: 'celery_delayed_delivery', destination: 'q', routingKey: '#.q' }],
    });
  });
});

describe('Publisher, where a quorum queue is known', () => {
  const NOW = new Date('2026-11-20T23:15:53.345955Z');

  async function send(options: ApplyAsyncOptions, settings: CeleryOptions = QUORUM, missing: string[] = []) {
    const config = compileConfig(settings);
    const sent: { route: Route; message: OutgoingMessage }[] = [];
    const declared: Topology[] = [];
    const broker: Partial<Broker> = {
      status: new ObservableBrokerStatus(),
      deadLetters: true,
      connect: async () => {},
      declare: async (topology) => {
        declared.push(topology);
        const lacks = topology.exchangeBindings?.some(({ source }) => missing.includes(source));
        for (const { name } of topology.exchanges) missing = missing.filter((other) => other !== name);
        if (lacks && missing.length > 0) throw new NotFound('no exchange');
      },
      publish: async (message, { exchange, routingKey }) =>
        void sent.push({ message, route: { exchange, routingKey } }),
    };
    const publisher = new Publisher({
      config,
      broker: broker as Broker,
      queues: new TaskQueues(config),
      content: new ContentRegistry(),
      clock: new FakeClock(NOW),
      signals: new Signals(silentLogger),
    });
    await publisher.publish({ name: 'wire.add', args: [1, 2], options });
    const [{ route, message } = { route: undefined, message: undefined }] = sent;
    return { route, headers: message?.headers, declared };
  }

  const publishOf = (file: string, nth = 0) => {
    const published = (capture(file) as Captured).messages.filter(
      ({ op, headers }) => op === 'publish' && headers.task,
    );
    const { exchange, routing_keys: [routingKey] = [], headers } = published[nth] ?? {};
    return { route: { exchange, routingKey }, eta: headers?.eta };
  };

  it('sends to the exchange and by the key that Celery takes', async () => {
    const { route, eta } = publishOf('delayed-countdown');
    const sent = await send({ countdown: 5 });
    expect(sent.route).toEqual(route);
    expect(String(sent.headers?.eta)).toBe('2026-11-20T23:15:58.345000+00:00');
    expect(String(eta).slice(0, 23)).toBe('2026-11-20T23:15:58.345');
    expect((await send({ eta: new Date(NOW.getTime() + 3999), priority: 5, expires: 60 })).route).toEqual(
      publishOf('delayed-eta-priority').route,
    );
    expect((await send({})).route).toEqual(publishOf('delayed-now').route);
    expect((await send({ countdown: 3 })).route).toEqual(publishOf('delayed-retry', 1).route);
  });

  it('sends at once what is due within a second, which Celery refuses', async () => {
    for (const countdown of [0.5, 0, -3]) {
      expect((await send({ countdown })).route).toEqual({ exchange: 'celery', routingKey: 'celery' });
    }
  });

  it('delays a message that was delayed before by its own key', async () => {
    const delayed = delayRoute(3, 'celery').routingKey;
    for (const exchange of ['celery_delayed_delivery', 'celery_delayed_0']) {
      const { route } = await send({ exchange, routingKey: delayed, countdown: 6 });
      expect(route).toEqual(delayRoute(6, 'celery'));
    }
    const again = { exchange: 'celery_delayed_delivery', routingKey: delayed };
    expect((await send(again)).route).toEqual(again);
  });

  it("keeps the call's own routing key", async () => {
    const { route } = await send({ routingKey: 'celery.eu', countdown: 2 });
    expect(route).toEqual(delayRoute(2, 'celery.eu'));
  });

  it('delays nothing that goes to a direct exchange, or to one that no known queue is behind', async () => {
    expect((await send({ queue: 'mail', countdown: 60 })).route).toEqual({ exchange: '', routingKey: 'mail' });
    const unknown = { exchange: 'elsewhere', routingKey: 'k' };
    expect((await send({ ...unknown, countdown: 60 })).route).toEqual(unknown);
  });

  it('delays nothing while every known queue is classic', async () => {
    const classic: CeleryOptions = { taskDefaultExchangeType: 'topic' };
    expect((await send({ countdown: 60 }, classic)).route).toEqual({ exchange: 'celery', routingKey: 'celery' });
  });

  it('declares the levels only where they are missing', async () => {
    const names = ({ declared }: { declared: Topology[] }) => declared.map(({ exchanges }) => exchanges.length);
    expect(names(await send({ countdown: 60 }))).toEqual([1]);
    expect(names(await send({ countdown: 60 }, QUORUM, ['celery_delayed_delivery']))).toEqual([1, 29, 1]);
  });
});
