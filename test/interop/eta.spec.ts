import type { CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { coreApp, startCoreWorker } from '../support/core-worker.js';
import { Gate } from '../support/gate.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, startPythonWorker } from '../support/python.js';

interface Context {
  eta: string | null;
  expires: string | null;
  headers: Record<string, unknown> | null;
  delivery_info: { exchange: string; routing_key: string; priority: number; redelivered: boolean };
}

const CONTEXT = 'interop.tasks.context';

describe('eta, expires, priorities and queues between Python and Node', () => {
  const pythonQueue = ownQueue();
  const nodeQueue = ownQueue();
  const news = ownQueue();
  let database: OwnDatabase;
  let pythonWorker: PythonWorker;
  let nodeWorker: TestProcess;
  let python: PythonClient;
  let app: CeleryApp;

  /** Python's names; ours are the same in camelCase. */
  const queues = {
    [pythonQueue]: { queue_arguments: { 'x-max-priority': 9 } },
    [news]: { broadcast: true },
  };

  beforeAll(async () => {
    database = await createOwnDatabase();
    const { url: databaseUrl } = database;
    await migratePython({ databaseUrl });
    const oneAtATime = { worker_prefetch_multiplier: 1, task_acks_late: true };
    const celery = { task_queues: queues, worker_direct: true, ...oneAtATime };
    const name = `py-${pythonQueue}`;
    pythonWorker = await startPythonWorker({ databaseUrl, queues: [pythonQueue, news], celery, name });
    nodeWorker = await startNodeWorker({
      databaseUrl,
      queues: [nodeQueue, news],
      entry: 'queues-worker',
      settings: {
        CELERY_TASK_QUEUES: JSON.stringify([nodeQueue, { name: news, broadcast: true }]),
        CELERY_WORKER_DIRECT: 'true',
      },
      flags: ['-n', `${nodeQueue}@node`],
    });
    ownQueue(`${nodeQueue}@node.dq2`);
    python = new PythonClient({ databaseUrl, celery: { task_queues: { [news]: { broadcast: true } } } });
    app = celeryClient(databaseUrl, {
      taskQueues: [
        { name: pythonQueue, maxPriority: 9 },
        { name: news, broadcast: true },
      ],
    });
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await pythonWorker?.stop();
    await nodeWorker?.stop();
    await database?.drop();
  });

  it('holds a task of Python until its eta, and one of ours in Python', async () => {
    const started = Date.now();
    const [toNode, toPython] = await Promise.all([
      python.send('node.add', { args: [1, 2], options: { queue: nodeQueue, countdown: 1.5 }, wait: 20 }),
      app
        .sendTask<Context>(CONTEXT, [], { queue: pythonQueue, countdown: 1.5 })
        .then((sent) => sent.get({ timeout: 20 })),
    ]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1500);
    expect(toNode).toMatchObject({ state: 'SUCCESS', result: 3 });
    expect(new Date(toPython.eta ?? 0).getTime()).toBeGreaterThanOrEqual(started + 1500);
  });

  it('revokes on both sides what has expired when its eta comes', async () => {
    const options = { countdown: 3.5, expires: 3 };
    const [toNode, toPython] = await Promise.all([
      python.send('node.add', { args: [1, 2], options: { queue: nodeQueue, ...options }, wait: 20 }),
      app.sendTask(CONTEXT, [], { queue: pythonQueue, ...options }),
    ]);
    expect(toNode.state).toBe('REVOKED');
    expect(toNode.raised).toMatchObject({ class: 'TaskRevokedError', message: 'expired' });
    await expect(toPython.get({ timeout: 20 })).rejects.toMatchObject({ message: 'expired' });
  });

  it('leaves a task that waited in our delay queues to Python, as an ordinary message', async () => {
    const queue = ownQueue();
    const sent = await python.send(CONTEXT, {
      options: { queue, countdown: 15, priority: 3, headers: { own: 'x' } },
    });
    const holder = coreApp({ taskDefaultQueue: queue, workerEtaHoldLimit: 0.5 });
    const worker = await startCoreWorker(holder, { [CONTEXT]: () => 'ran in Node' });
    const hopped = async () => {
      const depths = await Promise.all(
        [0, 1, 2, 3].map((level) => holder.broker.admin?.depth(`${queue}.eta.${level}`)),
      );
      return depths.some((depth) => depth?.messages === 1);
    };
    await waitUntil('it waits at the broker', hopped);
    await worker.stop();
    const other = await startPythonWorker({ databaseUrl: database.url, queues: [queue] });
    const { result, state } = await python.result(sent.task_id, 40);
    expect(state).toBe('SUCCESS');
    const context = result as Context;
    expect(Date.now()).toBeGreaterThanOrEqual(new Date(context.eta ?? Infinity).getTime());
    expect(context.headers).toMatchObject({ own: 'x' });
    expect(context.headers?.['x-death']).toHaveLength(1);
    expect(context.delivery_info).toEqual({ exchange: '', routing_key: queue, priority: 3, redelivered: false });
    await other.stop();
  }, 120_000);

  it('runs the higher priority first, whoever sends and whoever runs', async () => {
    const queue = ownQueue();
    const arguments9 = { 'x-max-priority': 9 };
    const sender = new PythonClient({
      databaseUrl: database.url,
      celery: { task_queues: { [queue]: { queue_arguments: arguments9 } } },
    });
    for (const priority of [1, 9])
      await sender.send('order', { args: [`python ${priority}`], options: { queue, priority } });
    const ours = coreApp({ taskDefaultQueue: queue, taskQueues: [{ name: queue, maxPriority: 9 }] });
    for (const priority of [0, 5]) await ours.sendTask('order', [`node ${priority}`], { priority });
    const order: unknown[] = [];
    await startCoreWorker(ours, { order: ([who]) => void order.push(who) }, { concurrency: 1, prefetchMultiplier: 1 });
    await waitUntil('all have run', () => order.length === 4);
    expect(order).toEqual(['python 9', 'node 5', 'python 1', 'node 0']);

    // Python is busy while these come
    const gate = new Gate();
    const pause = await app.sendTask('interop.tasks.until', [gate.file], { queue: pythonQueue });
    await waitUntil('it runs', () => pythonWorker.logs().includes(`interop.tasks.until[${pause.id}] received`));
    const sent = await Promise.all(
      [2, 0, 9].map((priority) => app.sendTask('interop.tasks.echo', [priority], { queue: pythonQueue, priority })),
    );
    gate.open();
    await Promise.all(sent.map((result) => result.get({ timeout: 20 })));
    const done = await Promise.all(sent.map(async (result) => (await result.dateDone())?.getTime() ?? 0));
    const [two = 0, none = 0, nine = 0] = done;
    expect(nine).toBeLessThanOrEqual(two);
    expect(two).toBeLessThanOrEqual(none);
  });

  it('sends a broadcast of Python to our worker and to Python, and so one of ours', async () => {
    const task = 'interop.tasks.echo';
    const ofPython = await python.send(task, { args: ['news'], options: { queue: news } });
    const ofOurs = await app.sendTask(task, ['news'], { queue: news });
    for (const { id } of [{ id: ofPython.task_id }, ofOurs]) {
      await waitUntil('both have it', () =>
        [pythonWorker, nodeWorker].every((worker) => worker.logs().includes(`${task}[${id}] received`)),
      );
    }
  });

  it("reaches one worker by its own queue, whichever side's", async () => {
    const [host] = /(?<=@)\S+(?= ready\.)/.exec(pythonWorker.logs()) ?? [];
    const direct = ownQueue(`py-${pythonQueue}@${host}.dq2`);
    const result = await app.sendTask<{ args: unknown[] }>('interop.tasks.echo', ['direct'], { queue: direct });
    expect((await result.get({ timeout: 20 })).args).toEqual(['direct']);
    const options = { queue: `${nodeQueue}@node.dq2` };
    expect(await python.send('node.add', { args: [3, 4], options, wait: 20 })).toMatchObject({ result: 7 });
  });
});
