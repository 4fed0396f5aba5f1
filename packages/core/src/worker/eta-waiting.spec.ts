import type { CeleryApp } from '../app/celery-app.js';
import type { CeleryOptions } from '../app/config.js';
import { currentTask } from '../app/task-context.js';
import type { OutgoingMessage, Route } from '../contracts/broker.js';
import { BrokerUnavailable, PublishTimeout } from '../errors/broker-errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { depthOf, MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';
import type { WorkerOptions } from './worker-options.js';

const workers = new MemoryWorkers('eta-waiting');

/** What was sent to delay queues. */
interface Hop {
  readonly level: number;
  readonly message: OutgoingMessage;
}

/** Publishes to delay queues; `refuse` says which of them, counted from 1, the broker does not take. */
function watchHops(app: CeleryApp, refuse: (nth: number) => boolean | Error = () => false): Hop[] {
  const hops: Hop[] = [];
  let tries = 0;
  const publish = app.broker.publish.bind(app.broker);
  app.broker.publish = async (message: OutgoingMessage, route: Route, options) => {
    const level = /\.eta\.(\d+)$/.exec(route.routingKey)?.[1];
    const refused = level !== undefined && refuse(++tries);
    if (refused) throw refused === true ? new BrokerUnavailable('blocked') : refused;
    if (level !== undefined) hops.push({ level: Number(level), message });
    return publish(message, route, options);
  };
  return hops;
}

async function running(
  settings: CeleryOptions = {},
  { refuse, ...options }: WorkerOptions & { refuse?: (nth: number) => boolean | Error } = {},
) {
  const clock = new FakeClock('2026-11-21T10:00:00Z');
  const app = workers.app({ workerEnableRemoteControl: false, ...settings }, { clock });
  const hops = watchHops(app, refuse);
  const ran: { id: string; headers: string[] }[] = [];
  const work = () => {
    const task = currentTask();
    ran.push({ id: task?.id ?? '', headers: Object.keys(task?.headers ?? {}) });
  };
  const worker = workers.worker(app, { work }, options);
  await worker.start();
  const send = async (taskId: string, countdown: number, more = {}) => {
    await app.sendTask('work', [], { taskId, countdown, ...more });
    await waitUntil('it has been received', () => workers.lines.some((line) => line.includes(`work[${taskId}] rec`)));
  };
  /** Time passes, and what it sets off has its turns of the event loop. */
  const pass = async (seconds: number) => {
    await clock.advance(seconds * 1000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const ids = () => ran.map(({ id }) => id);
  return { app, clock, hops, ran, ids, pass, worker, send };
}

describe('A task with an eta', () => {
  it('waits in the worker until its time', async () => {
    const { hops, ids, pass, send } = await running();
    await send('later', 600);
    await send('sooner', 5.5);
    await pass(5.499);
    expect(ids()).toEqual([]);
    await pass(0.001);
    expect(ids()).toEqual(['sooner']);
    await pass(594.499);
    expect(ids()).toEqual(['sooner']);
    await pass(0.001);
    expect(ids()).toEqual(['sooner', 'later']);
    expect(hops).toEqual([]);
  });

  it('does not take the place of tasks that could run', async () => {
    const { app, send } = await running({}, { concurrency: 1, prefetchMultiplier: 1 });
    for (const id of ['a', 'b', 'c']) await send(id, 60);
    const now = await app.sendTask('work');
    await now.get({ timeout: 5 });
  });

  it('waits at the broker when it is farther away than workerEtaHoldLimit: the longest power of two, then of what is left', async () => {
    const { app, hops, ids, pass, send } = await running();
    await send('far', 3200);
    await waitUntil('it has left', () => hops.length === 1);
    expect([await depthOf(app), await depthOf(app, 'celery.eta.11')]).toEqual([0, 1]);
    await pass(2048);
    expect(await depthOf(app, 'celery.eta.11')).toBe(0);
    await pass(1024);
    expect(hops.map(({ level }) => level)).toEqual([11, 10]);
    await pass(127.999);
    expect(ids()).toEqual([]);
    await pass(0.001);
    expect(ids()).toEqual(['far']);
    expect(hops).toHaveLength(2);
  });

  it('goes on unchanged, but for what RabbitMQ has added, and comes back as an ordinary message', async () => {
    const { app, hops, ran, pass, send } = await running({ taskQueues: [{ name: 'celery', maxPriority: 9 }] });
    const sent: OutgoingMessage[] = [];
    const publish = app.broker.publish.bind(app.broker);
    app.broker.publish = (message, ...rest) => {
      sent.push(message);
      return publish(message, ...rest);
    };
    await send('far', 4000, { priority: 7, headers: { own: 'x' } });
    for (const seconds of [2048, 1024, 512, 416]) await pass(seconds);
    const plain = ({ body, headers, properties }: OutgoingMessage) =>
      JSON.parse(JSON.stringify({ body: body.toString(), headers, properties })) as unknown;
    expect(hops.map(({ level }) => level)).toEqual([11, 10, 9]);
    expect(new Set(sent.map((message) => JSON.stringify(plain(message)))).size).toBe(1);
    const ofTheBroker = ['x-death', 'x-first-death-exchange', 'x-first-death-queue', 'x-first-death-reason'];
    expect(ran.map(({ headers }) => headers.toSorted())).toEqual([['own', ...ofTheBroker]]);
  });

  it('waits in a queue that is declared for each message, so that it is deleted a day after the last has left it, never before', async () => {
    const { app, hops, send } = await running();
    const declared: unknown[] = [];
    const declare = app.broker.declare.bind(app.broker);
    app.broker.declare = (topology) => {
      declared.push(...topology.queues.filter(({ name }) => name.includes('.eta.')));
      return declare(topology);
    };
    await send('one', 1025);
    await send('two', 1025);
    await waitUntil('both have left', () => hops.length === 2);
    const queue = {
      name: 'celery.eta.10',
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: {
        'x-message-ttl': 1_024_000,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'celery',
        'x-expires': 1_024_000 + 86_400_000,
      },
    };
    expect(declared).toEqual([queue, queue]);
  });

  it('waits at the broker while workerEtaTaskLimit wait here', async () => {
    const { app, hops, ids, pass, send } = await running({ workerEtaTaskLimit: 2 });
    await send('a', 10);
    await send('b', 20);
    await send('c', 30);
    await send('at once', 0.9);
    await waitUntil('the third has left', () => hops.length === 1);
    expect(hops.map(({ level }) => level)).toEqual([4]);
    expect(await depthOf(app, 'celery.eta.4')).toBe(1);
    for (const seconds of [0.9, 9.1, 6]) await pass(seconds);
    expect(ids()).toEqual(['at once', 'a']);
    for (const seconds of [4, 9.999]) await pass(seconds);
    expect(ids()).toEqual(['at once', 'a', 'b']);
    await pass(0.001);
    expect(ids()).toEqual(['at once', 'a', 'b', 'c']);
    expect(hops).toHaveLength(1);
  });

  it('is held while the broker does not take it back, and offered again', async () => {
    const { app, hops, ids, pass, send } = await running({}, { refuse: (nth) => nth <= 2 });
    await send('far', 1100);
    await waitUntil('it is told', () =>
      workers.lines.some((line) => line.includes('waits for its eta in this worker')),
    );
    await pass(30);
    expect(hops).toEqual([]);
    await pass(30);
    expect(hops.map(({ level }) => level)).toEqual([10]);
    expect(await depthOf(app, 'celery.eta.10')).toBe(1);
    await pass(1024);
    expect(ids()).toEqual([]);
    await pass(16);
    expect(ids()).toEqual(['far']);
  });

  it('is told of once in a while when the broker takes none of many', async () => {
    const { pass, send } = await running({}, { refuse: () => true });
    for (const id of ['a', 'b', 'c', 'd']) await send(id, 1100);
    const told = () => workers.lines.filter((line) => line.includes('waits for its eta in this worker'));
    await waitUntil('it is told', () => told().length > 0);
    await pass(20);
    expect(told()).toHaveLength(1);
    await pass(20);
    expect(told()).toHaveLength(2);
  });

  it('runs in time although the broker never takes it back', async () => {
    const { ids, hops, pass, send } = await running({}, { refuse: () => true });
    await send('far', 650);
    for (let seconds = 0; seconds < 650; seconds += 25) await pass(25);
    expect(ids()).toEqual(['far']);
    expect(hops).toEqual([]);
  });

  it.each([
    { sent: true, what: 'not when it may have arrived: there could be one more of it each time', offers: 1 },
    { sent: false, what: 'again when it was not sent', offers: 4 },
  ])('is offered to a broker that does not answer $what', async ({ sent, offers }) => {
    let tries = 0;
    const refuse = () => {
      tries++;
      return new PublishTimeout('', 'celery.eta.10', 1000, 'No answer.', sent);
    };
    const { ids, pass, send } = await running({}, { refuse });
    await send('far', 1100);
    await waitUntil('it is told', () =>
      workers.lines.some((line) => line.includes('waits for its eta in this worker')),
    );
    for (let offer = 0; offer < 3; offer++) await pass(30);
    expect(tries).toBe(offers);
    for (let seconds = 90; seconds < 1100; seconds += 10) await pass(10);
    expect(ids()).toEqual(['far']);
  });

  it('is revoked when it expires while it waits at the broker', async () => {
    const { app, hops, ids, pass, send } = await running();
    await send('late', 5000, { expires: 100 });
    await waitUntil('it has left', () => hops.length === 1);
    expect(hops[0]?.message.properties.expiration).toBe('100001');
    await pass(100.001);
    await waitUntil('it is stored', async () => (await app.asyncResult('late').state()) === 'REVOKED');
    expect(ids()).toEqual([]);
  });

  it('stays where workerEtaHoldLimit is 0, however far away it is', async () => {
    const { ids, hops, pass, send } = await running({ workerEtaHoldLimit: 0 });
    await send('far', 5000);
    await pass(5000);
    expect(ids()).toEqual(['far']);
    expect(hops).toEqual([]);
  });

  it('goes back to its queue when the worker stops', async () => {
    const { app, worker, send, clock } = await running();
    await send('a', 60);
    await worker.stop(clock.now());
    expect(await depthOf(app)).toBe(1);
  });

  it.each([
    ['gets there', [0, 1]],
    ['does not', [1, 0]],
  ])('is in one place when the worker stops while it is on its way to the broker, and %s', async (what, depths) => {
    const { app, worker, send, clock } = await running();
    let answer = () => {};
    const publish = app.broker.publish.bind(app.broker);
    app.broker.publish = async (message, route, options) => {
      if (!route.routingKey.includes('.eta.')) return publish(message, route, options);
      await new Promise<void>((resolve) => (answer = resolve));
      if (what === 'does not') throw new BrokerUnavailable('blocked');
      return publish(message, route, options);
    };
    await send('far', 1024.5);
    const ended = worker.quiet();
    await waitUntil('nothing is consumed', async () => (await app.broker.admin?.depth('celery'))?.consumers === 0);
    answer();
    await ended;
    expect([await depthOf(app), await depthOf(app, 'celery.eta.10')]).toEqual(depths);
    await worker.stop(clock.now());
  });
});
