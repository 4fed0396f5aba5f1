import { currentTask } from '@nestjs-celery/core';
import type { CeleryOptions, QueueOptions } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { coreApp, startCoreWorker } from '../support/core-worker.js';
import { depthOf } from '../support/depth.js';
import { ownQueue } from '../support/own-queue.js';

/** An app with one queue of its own. */
function withQueue(settings: CeleryOptions = {}, options: Partial<QueueOptions> = {}) {
  const queue = ownQueue();
  return { queue, app: coreApp({ taskDefaultQueue: queue, taskQueues: [{ name: queue, ...options }], ...settings }) };
}

describe('A task with an eta, on RabbitMQ', () => {
  it('waits in delay queues when it is far away, of a classic and of a quorum queue, and runs when its time has come', async () => {
    const seen: { at: number; headers: Record<string, unknown>; priority: number | null }[] = [];
    const work = () => {
      const { headers = {}, deliveryInfo } = currentTask() ?? {};
      seen.push({ at: Date.now(), headers, priority: deliveryInfo?.priority ?? null });
    };
    const types = ['classic', 'quorum'] as const;
    const apps = types.map((taskDefaultQueueType) => withQueue({ workerEtaHoldLimit: 1, taskDefaultQueueType }).app);
    for (const app of apps) await startCoreWorker(app, { work }, { concurrency: 2, prefetchMultiplier: 1 });
    const options = { eta: new Date(Date.now() + 6500), priority: 3, headers: { own: 'x' } };
    for (const app of apps) for (let i = 0; i < 10; i++) await app.sendTask('work', [], options);
    await waitUntil('all have run', () => seen.length === 20, { timeout: 25_000 });
    for (const { at, headers, priority } of seen) {
      expect(at).toBeGreaterThanOrEqual(options.eta.getTime());
      expect(priority).toBe(3);
      // of several waits the last one is told
      expect(headers).toMatchObject({ own: 'x', 'x-death': [{ reason: 'expired' }] });
      expect(headers['x-death']).toHaveLength(1);
    }
  });

  it('blocks no other task, however many wait and wherever', async () => {
    const { app, queue } = withQueue({ workerEtaTaskLimit: 5 });
    await startCoreWorker(app, { work: () => 'done' }, { concurrency: 1, prefetchMultiplier: 1 });
    await Promise.all(Array.from({ length: 50 }, () => app.sendTask('work', [], { countdown: 300 })));
    expect(await (await app.sendTask('work')).get({ timeout: 10 })).toBe('done');
    await waitUntil('the others wait at the broker', async () => (await depthOf(app, `${queue}.eta.8`)) === 45);
  });

  it('leaves a delay queue for each power of two that something waits for', async () => {
    const { app, queue } = withQueue();
    await startCoreWorker(app, { work: () => {} });
    for (const countdown of [700, 1500, 3000, 200_000, 10_000_000]) await app.sendTask('work', [], { countdown });
    for (const level of [9, 10, 11, 17, 23]) {
      await waitUntil(`one waits at level ${level}`, async () => (await depthOf(app, `${queue}.eta.${level}`)) === 1);
    }
  });
});
