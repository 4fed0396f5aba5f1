import { randomUUID } from 'node:crypto';
import { peekTask } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { consume } from '../support/consume.js';
import { startNodeWorker, type NodeWorkerOptions } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { query } from '../support/query.js';

/** The default of `workerLostLimit`. */
const LIMIT = 3;

describe('A task that kills the worker which runs it', () => {
  let database: OwnDatabase;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    app = celeryClient(database.url);
    await app.connect();
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  const start = (queue: string, options: Partial<NodeWorkerOptions> = {}) =>
    startNodeWorker({ databaseUrl: database.url, queues: [queue], entry: 'poison-worker', ...options });

  /** Workers one after the other, each killed by the task, perhaps before it could say that it is ready. */
  const killWorkers = async (queue: string, settings: Record<string, string> = {}): Promise<void> => {
    for (let lost = 1; lost <= LIMIT; lost++) {
      const worker = await start(queue, { settings, ready: 'received' });
      expect((await worker.exit).signal).toBe('SIGKILL');
    }
  };

  const signature = (task: string, queue: string, taskId: string) => ({
    task,
    args: [],
    kwargs: {},
    options: { task_id: taskId, queue },
    subtask_type: null,
    immutable: true,
  });

  it('is FAILURE after so many workers, and a copy of its message waits beside its queue', async () => {
    const queue = ownQueue();
    const dlq = ownQueue(`${queue}.dlq`);
    const [next, errback] = [randomUUID(), randomUUID()];
    const result = await app.publish({
      name: 'poison.kill',
      args: [7],
      options: { queue, headers: { tenant: 'x' }, linkError: signature('poison.mourn', queue, errback) },
      embed: { chain: [signature('poison.mourn', queue, next)] },
    });
    await killWorkers(queue);

    const survivor = await start(queue);
    const error = await result.get({ timeout: 20, propagate: false });
    expect(error).toMatchObject({ code: 'WORKER_LOST', message: expect.stringContaining('3 workers were lost') });
    await survivor.waitForLog(`is not run again`);
    await app.asyncResult(errback).get({ timeout: 20 });
    expect(await app.asyncResult(next).state()).toBe('FAILURE');
    await survivor.stop();

    const { session, received } = await consume(app.broker, dlq, { noAck: true });
    const [copy] = await received(1);
    await session.close();
    expect(copy && peekTask(copy.message)).toEqual({ name: 'poison.kill', id: result.id });
    expect(copy?.message.headers).toMatchObject({ tenant: 'x', retries: 0 });
    expect(await app.broker.admin?.depth(queue)).toMatchObject({ messages: 0 });
    expect(await query(database.url, 'SELECT task_id FROM nestjs_celery_attempts')).toEqual([]);
  }, 90_000);

  it('is counted by a quorum queue, where no database keeps count', async () => {
    const queue = ownQueue();
    const dlq = ownQueue(`${queue}.dlq`);
    const client = celeryClient(database.url, { taskCreateMissingQueueType: 'quorum' });
    const { id } = await client.sendTask('poison.kill', [7], { queue });
    const settings = { CELERY_TASK_CREATE_MISSING_QUEUE_TYPE: 'quorum', CELERY_RESULT_BACKEND: '' };
    await killWorkers(queue, settings);
    const survivor = await start(queue, { settings });
    await survivor.waitForLog(`poison.kill[${id}] is not run again`);
    expect((await app.broker.admin?.depth(dlq))?.messages).toBe(1);
    await survivor.stop();
    expect((await app.broker.admin?.depth(queue))?.messages).toBe(0);
  }, 90_000);
});
