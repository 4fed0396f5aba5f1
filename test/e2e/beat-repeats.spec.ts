import type { CeleryApp } from '@nestjs-celery/core';
import { currentTask, Reject } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { startCoreWorker } from '../support/core-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { query } from '../support/query.js';

const SLOTS = { concurrency: 1 };

/** What beat sends, and sends again under the same id when it was killed before it could note that it had. */
describe('A message that beat sends twice, on RabbitMQ and PostgreSQL,', () => {
  let database: OwnDatabase;
  beforeAll(async () => {
    database = await createOwnDatabase();
  });
  afterAll(async () => {
    await database?.drop();
  });

  const periodic = (taskId: string, queue: string) => ({ taskId, queue, periodicTaskName: 'nightly' });

  function appOn(queue: string, options: Parameters<typeof celeryClient>[1] = {}): CeleryApp {
    return celeryClient(database.url, { taskDefaultQueue: queue, workerEnableRemoteControl: false, ...options });
  }

  /** Runs, and lets nothing else run in its slot. */
  function gate() {
    const open: (() => void)[] = [];
    return { open, close: () => new Promise<void>((resolve) => open.push(resolve)) };
  }

  it('is run by one of two workers, once', async () => {
    const queue = ownQueue();
    const runs: string[] = [];
    const { open, close } = gate();
    const work = [() => void runs.push(currentTask()?.id ?? ''), { acksLate: true }] as const;
    const apps = [appOn(queue), appOn(queue)];
    for (const app of apps) await startCoreWorker(app, { work, close }, SLOTS);
    const client = appOn(queue);
    const ids = Array.from({ length: 10 }, (_, n) => `run-${n}`);
    for (const id of ids) {
      const twice = [1, 2].map(() => client.sendTask('work', [], periodic(id, queue)));
      await Promise.all(twice);
    }
    await Promise.all(apps.map(() => client.sendTask('close', [], { queue })));
    await waitUntil('both workers have come to the end of the queue', () => open.length === 2);
    expect(runs.toSorted()).toEqual(ids);
    expect(await query(database.url, 'SELECT count(*)::int FROM nestjs_celery_once')).toEqual([{ count: 10 }]);
    for (const go of open) go();
  });

  it('runs again when its worker was lost, and not for the second message', async () => {
    const queue = ownQueue();
    const runs: string[] = [];
    const forever = () => new Promise<void>(() => runs.push('lost'));
    const first = await startCoreWorker(appOn(queue), { work: [forever, { acksLate: true }] }, SLOTS);
    const client = appOn(queue);
    const result = await client.sendTask('work', [], periodic('lost', queue));
    await waitUntil('it runs', () => runs.length === 1);
    await first.terminate();

    const again = () => void runs.push('again');
    await startCoreWorker(appOn(queue), { work: [again, { acksLate: true }], last: () => 1 }, SLOTS);
    await result.get({ timeout: 10 });
    await client.sendTask('work', [], periodic('lost', queue));
    await (await client.sendTask('last', [], { queue })).get({ timeout: 10 });
    expect(runs).toEqual(['lost', 'again']);
  });

  it('runs again when it comes from a dead letter queue', async () => {
    const [queue, refused] = [ownQueue(), ownQueue()];
    const deadLetters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': refused };
    const taskQueues = [{ name: queue, queueArguments: deadLetters }, refused];
    const app = appOn(queue, { taskQueues });
    let runs = 0;
    const work = () => {
      if (runs++ === 0) throw new Reject('not here');
      return runs;
    };
    await startCoreWorker(app, { work: [work, { acksLate: true }] }, SLOTS);
    const result = await app.sendTask('work', [], periodic('refused', queue));
    expect(await result.get({ timeout: 10 })).toBe(2);
  });
});
