import type { CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { removeDelayLevels } from '../support/delay-levels.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient, type PythonResult } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, startPythonWorker } from '../support/python.js';

/** Python's settings for a quorum queue behind a topic exchange, which Celery delays at the broker. */
const delaying = (queue: string) => ({
  task_default_queue: queue,
  task_default_queue_type: 'quorum',
  task_default_exchange_type: 'topic',
  broker_transport_options: { confirm_publish: true },
});

/** The same in ours. */
const ours = (taskDefaultQueue: string) => {
  return { taskDefaultQueue, taskDefaultQueueType: 'quorum' as const, taskDefaultExchangeType: 'topic' };
};

/** The same in the environment. */
const environment = (queue: string) => ({
  CELERY_TASK_DEFAULT_QUEUE: queue,
  CELERY_TASK_DEFAULT_QUEUE_TYPE: 'quorum',
  CELERY_TASK_DEFAULT_EXCHANGE_TYPE: 'topic',
});

interface Context {
  eta: string;
  headers: Record<string, unknown>;
  delivery_info: { exchange: string; routing_key: string; priority: number };
}

describe('native delayed delivery', () => {
  const pythonQueue = ownQueue();
  const nodeQueue = ownQueue();
  let database: OwnDatabase;
  let pythonWorker: PythonWorker;
  let nodeWorker: TestProcess;

  beforeAll(async () => {
    database = await createOwnDatabase();
    const { url: databaseUrl } = database;
    await migratePython({ databaseUrl });
    // one after the other, so that each finds what the other has declared, whoever is first
    nodeWorker = await startNodeWorker({ databaseUrl, queues: [nodeQueue], settings: environment(nodeQueue) });
    pythonWorker = await startPythonWorker({ databaseUrl, queues: [pythonQueue], celery: delaying(pythonQueue) });
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await pythonWorker?.stop();
    await nodeWorker?.stop();
    await database?.drop();
    await removeDelayLevels();
  });

  const client = (queue: string): CeleryApp => celeryClient(database.url, ours(queue));
  const python = (queue: string) => new PythonClient({ databaseUrl: database.url, celery: delaying(queue) });

  it('of ours to Python: the broker delays it, and Python gets it when it is due, but for the part of a second', async () => {
    const eta = new Date(Date.now() + 3000);
    const sent = await client(pythonQueue).sendTask<Context>('interop.tasks.context', [], { eta, priority: 4 });
    const context = await sent.get({ timeout: 25 });
    expect(Date.now()).toBeGreaterThanOrEqual(eta.getTime());
    expect(new Date(context.eta)).toEqual(eta);
    const { exchange, priority } = context.delivery_info;
    expect([exchange, priority]).toEqual([expect.stringMatching(/^celery_delayed_/), 4]);
    expect(context.delivery_info.routing_key).toMatch(new RegExp(`^([01]\\.){28}${pythonQueue}$`));
  });

  it('of Python to ours', async () => {
    const options = { countdown: 2, queue: nodeQueue };
    const started = Date.now();
    const result: PythonResult = await python(nodeQueue).send('node.add', { args: [2, 3], options, wait: 25 });
    expect(result).toMatchObject({ state: 'SUCCESS', result: 5 });
    expect(Date.now() - started).toBeGreaterThanOrEqual(2000);
    expect(pythonWorker.logs()).not.toContain('Failed to setup delayed delivery');
    expect(nodeWorker.logs()).not.toContain('Failed to set up native delayed delivery');
  });

  it('of ours to ours, and to a queue that no worker has bound yet', async () => {
    const sent = await client(nodeQueue).sendTask<number>('node.add', [1, 1], { countdown: 1.5 });
    const queue = ownQueue();
    const early = await client(queue).sendTask<number>('node.add', [2, 2], { countdown: 1 });
    const late = await startNodeWorker({ databaseUrl: database.url, queues: [queue], settings: environment(queue) });
    expect([await sent.get({ timeout: 25 }), await early.get({ timeout: 25 })]).toEqual([2, 4]);
    await late.stop();
  });
});
