import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Gate } from '../support/gate.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PYTHON_TIMEOUT, pythonCelery, startPythonWorker } from '../support/python.js';

/** Tasks that both have under these names: one takes so many seconds, one until there is a file of that name. */
const SLOW = 'interop.tasks.slow';
const UNTIL = 'interop.tasks.until';

let database: OwnDatabase;
let app: CeleryApp;

beforeAll(async () => {
  [database] = await Promise.all([createOwnDatabase(), pythonCelery()]);
  app = celeryClient(database.url);
  await app.connect();
}, PYTHON_TIMEOUT);

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

type Start = (queue: string, acksLate: boolean) => Promise<TestProcess>;

const startPython: Start = async (queue, acksLate) => {
  const celery = { task_acks_late: acksLate, task_track_started: true };
  const options = { databaseUrl: database.url, queues: [queue], pool: 'prefork' as const, concurrency: 2, celery };
  return (await startPythonWorker(options)).process;
};

const startNode: Start = (queue, acksLate) =>
  startNodeWorker({
    entry: 'faults-worker',
    databaseUrl: database.url,
    queues: [queue],
    settings: { CELERY_TASK_ACKS_LATE: String(acksLate), CELERY_TASK_TRACK_STARTED: 'true' },
    flags: ['-c', '2', '--prefetch-multiplier', '4'],
  });

/** It runs on the worker of this queue. */
function started(result: AsyncResult): Promise<unknown> {
  return waitUntil('it has started', async () => (await result.state()) === 'STARTED');
}

async function left(queue: string): Promise<number | undefined> {
  await waitUntil('the broker has noticed', async () => (await app.broker.admin?.depth(queue))?.consumers === 0);
  return depthOf(app, queue);
}

/** What a signal leaves of a task that runs, and that may end after it: exit code, state, messages in the queue. */
async function after(signal: NodeJS.Signals, start: Start, acksLate: boolean, mayEnd: boolean): Promise<unknown> {
  const queue = ownQueue();
  const worker = await start(queue, acksLate);
  const gate = new Gate();
  const result = await app.sendTask(UNTIL, [gate.file], { queue });
  await started(result);
  worker.signal(signal);
  if (mayEnd) {
    await worker.waitForLog(/warm shutdown \(MainProcess\)/i);
    gate.open();
  }
  const { code } = await worker.exit;
  return { code, left: await left(queue), state: await result.state() };
}

describe.each([
  // it tells of the exit code 1 (`worker_shutting_down`), and exits with 0
  { name: 'Celery', start: startPython, quit: 0 },
  { name: 'nestjs-celery', start: startNode, quit: 1 },
])('a worker of $name', ({ start, quit }) => {
  it('ends on SIGTERM with 0 and on SIGINT with 1, when its tasks have ended', async () => {
    const ends = await Promise.all([after('SIGTERM', start, true, true), after('SIGINT', start, false, true)]);
    const done = { left: 0, state: 'SUCCESS' };
    expect(ends).toEqual([
      { code: 0, ...done },
      { code: 1, ...done },
    ]);
  }, 120_000);

  it('ends on SIGQUIT at once: a late-ack task is in its queue again, an early one is RETRY', async () => {
    const ends = await Promise.all([after('SIGQUIT', start, true, false), after('SIGQUIT', start, false, false)]);
    expect(ends).toEqual([
      { code: quit, left: 1, state: 'STARTED' },
      { code: quit, left: 0, state: 'RETRY' },
    ]);
  }, 120_000);
});

it('a queue that both work on loses nothing when both are stopped in the midst of it', async () => {
  const queue = ownQueue();
  const workers = await Promise.all([startPython(queue, true), startNode(queue, true)]);
  const results = await Promise.all(Array.from({ length: 60 }, () => app.sendTask(SLOW, [0.5], { queue })));
  await Promise.all(workers.map((worker) => worker.waitForLog(/slow\[\S+\] succeeded/)));
  const exits = await Promise.all(workers.map((worker) => worker.stop()));
  expect(exits).toEqual(workers.map(() => ({ code: 0, signal: null })));
  const states = await Promise.all(results.map((result) => result.state()));
  expect(new Set(states)).toEqual(new Set(['SUCCESS', 'PENDING']));
  expect(states.filter((state) => state === 'PENDING')).toHaveLength((await left(queue)) ?? 0);
}, 120_000);
