import type { CeleryOptions } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { coreApp, startCoreWorker } from '../support/core-worker.js';
import { depthOf } from '../support/depth.js';
import { ownQueue } from '../support/own-queue.js';

const ONE_AT_A_TIME = { concurrency: 1, prefetchMultiplier: 1 };

/** Runs that end when the spec says so. */
class Runs {
  readonly started: unknown[] = [];
  readonly #finish: (() => void)[] = [];

  readonly handler = ([value]: readonly unknown[]): Promise<void> => {
    this.started.push(value);
    return new Promise((resolve) => this.#finish.push(resolve));
  };

  finish(): void {
    for (const end of this.#finish.splice(0)) end();
  }
}

function withQueues(count: number, settings: CeleryOptions = {}) {
  const queues = Array.from({ length: count }, () => ownQueue());
  return { queues, app: coreApp({ taskDefaultQueue: queues[0] ?? '', taskQueues: queues, ...settings }) };
}

describe('A worker with a prefetch multiplier of 1', () => {
  it.each([
    ['early', 'classic'],
    ['late', 'classic'],
    ['early', 'quorum'],
    ['late', 'quorum'],
  ] as const)('reserves nothing that cannot start, with %s acks and a %s queue', async (acks, taskDefaultQueueType) => {
    const { app, queues } = withQueues(1, { taskDefaultQueueType });
    const runs = new Runs();
    const task = [runs.handler, { acksLate: acks === 'late' }] as const;
    const busy = await startCoreWorker(app, { work: task }, ONE_AT_A_TIME);
    for (let i = 0; i < 4; i++) await app.sendTask('work', [i]);
    await waitUntil('one runs', () => runs.started.length === 1 && busy.active === 1);
    const other = new Runs();
    const quick = [([i]: readonly unknown[]) => void other.started.push(i), task[1]] as const;
    await startCoreWorker(app, { work: quick }, ONE_AT_A_TIME);
    await waitUntil('the other worker has run the rest', () => other.started.length === 3);
    expect([runs.started, other.started]).toEqual([[0], [1, 2, 3]]);
    runs.finish();
    await waitUntil('it is free', () => busy.active === 0);
    expect(await depthOf(app, queues[0] ?? '')).toBe(0);
  });

  it('goes on taking tasks when it was full', async () => {
    const { app } = withQueues(1);
    const started: unknown[] = [];
    const work = ([i]: readonly unknown[]) => void started.push(i);
    await startCoreWorker(app, { work }, { concurrency: 2, prefetchMultiplier: 1 });
    for (let i = 0; i < 200; i++) await app.sendTask('work', [i]);
    await waitUntil('all have run', () => started.length === 200);
  });

  it('shares its slots among quorum queues, each of which has a count of its own', async () => {
    const { app, queues } = withQueues(2, { taskDefaultQueueType: 'quorum' });
    const runs = new Runs();
    for (const queue of queues) for (let i = 0; i < 3; i++) await app.sendTask('work', [i], { queue });
    await startCoreWorker(app, { work: [runs.handler, { acksLate: true }] }, { concurrency: 2, prefetchMultiplier: 1 });
    await waitUntil('one of each queue runs', () => runs.started.length === 2);
    expect(runs.started).toEqual([0, 0]);
    for (const queue of queues) expect(await depthOf(app, queue)).toBe(2);
    runs.finish();
  });
});

describe('Queues of a worker', () => {
  it('give the higher priority first', async () => {
    const queue = ownQueue();
    const app = coreApp({ taskDefaultQueue: queue, taskQueues: [{ name: queue, maxPriority: 9 }] });
    const order: unknown[] = [];
    for (const priority of [1, 5, 0, 9, 5]) await app.sendTask('work', [priority], { priority });
    const work = ([priority]: readonly unknown[]) => void order.push(priority);
    await startCoreWorker(app, { work }, ONE_AT_A_TIME);
    await waitUntil('all have run', () => order.length === 5);
    expect(order).toEqual([9, 5, 5, 1, 0]);
  });

  it('give a broadcast to every worker, and are gone with their worker', async () => {
    const name = ownQueue();
    const heard: string[] = [];
    const apps = [0, 1].map(() => coreApp({ taskQueues: [{ name, broadcast: true }] }));
    const workers = await Promise.all(
      apps.map((app, i) =>
        startCoreWorker(app, { news: ([text]) => void heard.push(`${i}: ${text}`) }, { queues: [name] }),
      ),
    );
    const [app] = apps;
    await app?.sendTask('news', ['hello'], { queue: name });
    await waitUntil('both have heard', () => heard.length === 2);
    expect(heard.toSorted()).toEqual(['0: hello', '1: hello']);
    await Promise.all(workers.map((worker) => worker.stop(new Date())));
    for (const one of apps) expect(await depthOf(one, one.queues.get(name).name)).toBeUndefined();
    await app?.sendTask('news', ['nobody'], { queue: name });
  });

  it('give a task to the one worker that it is sent to', async () => {
    const queue = ownQueue();
    const ran: string[] = [];
    const start = async (hostname: string) => {
      ownQueue(`${hostname}.dq2`);
      const app = coreApp({ taskDefaultQueue: queue, workerDirect: true });
      await startCoreWorker(app, { work: ([i]) => void ran.push(`${hostname} ${i}`) }, { hostname });
      return app;
    };
    const [one, two] = [`one-${queue}@host`, `two-${queue}@host`];
    const app = await start(one);
    await start(two);
    for (const hostname of [two, one, two, two]) await app.sendTask('work', [ran.length], { queue: `${hostname}.dq2` });
    await waitUntil('all have run', () => ran.length === 4);
    expect(ran.filter((line) => line.startsWith(two))).toHaveLength(3);
  });

  it('take tasks by their headers through a headers exchange', async () => {
    const [reports, exchange] = [ownQueue(), ownQueue()];
    const bindingArguments = { 'x-match': 'all', kind: 'report' };
    const app = coreApp({
      taskDefaultQueue: ownQueue(),
      taskQueues: [{ name: reports, exchange, exchangeType: 'headers', bindingArguments }],
    });
    const ran: unknown[] = [];
    await startCoreWorker(app, { work: ([i]) => void ran.push(i) }, { queues: [reports] });
    await app.sendTask('work', [1], { queue: reports, headers: { kind: 'report' } });
    await expect(app.sendTask('work', [2], { queue: reports, headers: { kind: 'mail' } })).rejects.toMatchObject({
      code: 'MESSAGE_RETURNED',
    });
    await app.sendTask('work', [3], { queue: reports, headers: { kind: 'mail' }, mandatory: false });
    await app.sendTask('work', [4], { queue: reports, headers: { kind: 'report' } });
    await waitUntil('those that fit have run', () => ran.length === 2);
    expect(ran).toEqual([1, 4]);
  });
});
