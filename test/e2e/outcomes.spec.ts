import type { CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';

describe('What becomes of a message, on RabbitMQ', () => {
  const queue = ownQueue();
  const dead = ownQueue();
  let database: OwnDatabase;
  let worker: TestProcess;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    const queueArguments = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
    const taskQueues = [{ name: queue, queueArguments }, dead];
    app = celeryClient(database.url, { taskQueues });
    for (const name of [queue, dead]) await app.broker.declare(app.queues.get(name).topology);
    worker = await startNodeWorker({
      databaseUrl: database.url,
      queues: [queue],
      entry: 'outcomes-worker',
      settings: { CELERY_TASK_QUEUES: JSON.stringify(taskQueues) },
    });
  });

  afterAll(async () => {
    const exit = await worker?.stop();
    await database?.drop();
    expect(exit).toEqual({ code: 0, signal: null });
  });

  const send = (task: string, args: unknown[] = [], options = {}) =>
    app.sendTask(`outcomes.${task}`, args, { queue, ...options });

  it('Reject and failures that are not acknowledged go where the queue sends dead letters', async () => {
    await send('reject');
    const failed = await send('rejectFailed');
    await waitUntil('both are dead', async () => (await depthOf(app, dead)) === 2);
    expect(await failed.state()).toBe('FAILURE');
    expect(await app.broker.admin?.purge(dead)).toBe(2);
  });

  it('a message that is requeued runs again, marked as redelivered', async () => {
    expect(await (await send('requeue')).get({ timeout: 20 })).toBe('second');
    const timedOut = await send('deafRequeued');
    await waitUntil('the second run has succeeded', () =>
      worker.logs().includes(`deafRequeued[${timedOut.id}] succeeded`),
    );
    expect(await timedOut.result()).toBe('the second time');
  });

  it('Ignore keeps the state that the task stored itself', async () => {
    const ignored = await send('ignore');
    await waitUntil('it is ignored', () => worker.logs().includes(`outcomes.ignore[${ignored.id}] ignored`));
    expect(await ignored.state()).toBe('PARKED');
  });

  it('errors of ignored results are kept where the task says so, and expected ones are no alarm', async () => {
    const [ok, failed, expected] = [
      await send('errorsKept', [false], { ignoreResult: true }),
      await send('errorsKept', [true], { ignoreResult: true }),
      await send('expected'),
    ];
    await expect(expected.get({ timeout: 20 })).rejects.toThrow('as it may be');
    await waitUntil('the error is stored', async () => (await failed.state()) === 'FAILURE');
    await waitUntil('the other ended', () => worker.logs().includes(`outcomes.errorsKept[${ok.id}] succeeded`));
    expect(await ok.state()).toBe('PENDING');
    await worker.waitForLog(`outcomes.expected[${expected.id}] raised expected: Unstable`);
  });

  it('leaves nothing in the queue', async () => {
    await waitUntil('the queue is empty', async () => (await depthOf(app, queue)) === 0);
    expect(await depthOf(app, dead)).toBe(0);
  });
});
