import type { CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { Gate } from '../support/gate.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, startPythonWorker } from '../support/python.js';

describe('Retries between Python and Node', () => {
  const pythonQueue = ownQueue();
  const nodeQueue = ownQueue();
  let database: OwnDatabase;
  let pythonWorker: PythonWorker;
  let nodeWorker: TestProcess;
  let python: PythonClient;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    const { url: databaseUrl } = database;
    await migratePython({ databaseUrl });
    pythonWorker = await startPythonWorker({ databaseUrl, queues: [pythonQueue] });
    nodeWorker = await startNodeWorker({ databaseUrl, queues: [nodeQueue], entry: 'outcomes-worker' });
    python = new PythonClient({ databaseUrl });
    app = celeryClient(databaseUrl);
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await pythonWorker?.stop();
    await nodeWorker?.stop();
    await database?.drop();
  });

  const expires = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '+00:00');
  const wanted = {
    retries: 1,
    expires,
    timelimit: [60, 50],
    headers: { tenant: 'x' },
    shadow: 'Relay',
    group: null,
    priority: 5,
  };

  it.each([
    ['of Python runs in Node', () => pythonQueue, () => nodeQueue],
    ['of Node runs in Python', () => nodeQueue, () => pythonQueue],
  ])('a retry %s, as the same task', async (_, first, second) => {
    const sent = await python.send('interop.tasks.relay', {
      args: [second()],
      options: {
        queue: first(),
        expires,
        priority: 5,
        time_limit: 60,
        soft_time_limit: 50,
        headers: { tenant: 'x' },
        shadow: 'Relay',
      },
      wait: 25,
    });
    expect(sent).toMatchObject({ state: 'SUCCESS', result: { ...wanted, id: sent.task_id, root_id: sent.task_id } });
    const { correlation_id: correlation, reply_to: reply, origin } = sent.result as Record<string, string>;
    expect(correlation).toBe(sent.task_id);
    expect(reply).toMatch(/^[\da-f-]{36}$/);
    expect(origin).toMatch(/^gen\d+@/);
  });

  it('Python reads RETRY with the reason, and the errors of a task that gives up', async () => {
    const retrying = await app.sendTask('outcomes.retryLater', [], { queue: nodeQueue });
    await waitUntil('RETRY is stored', async () => (await retrying.state()) === 'RETRY');
    expect(await python.row(retrying.id)).toMatchObject({
      status: 'RETRY',
      result: expect.stringContaining('not yet'),
    });
    const givenUp = await python.send('outcomes.giveUp', { options: { queue: nodeQueue }, wait: 20 });
    expect(givenUp.raised).toMatchObject({
      class: 'MaxRetriesExceededError',
      module: 'celery.exceptions',
      message: `Can't retry outcomes.giveUp[${givenUp.task_id}] args:() kwargs:{}`,
    });
  });

  it('backs off as long as it may, then fails with the last error', async () => {
    const [recovers, fails] = await Promise.all(
      [2, 3].map((failures) => app.sendTask('outcomes.unstable', [failures], { queue: nodeQueue })),
    );
    expect(await recovers?.get({ timeout: 20 })).toBe(2);
    await expect(fails?.get({ timeout: 20 })).rejects.toMatchObject({ name: 'Unstable', message: 'run 3' });
  });

  it('Python sees the time limits of our worker as its own', async () => {
    const [soft, hard] = await Promise.all(
      ['obedient', 'deaf'].map((task) => python.send(`outcomes.${task}`, { options: { queue: nodeQueue }, wait: 20 })),
    );
    expect(soft?.raised).toMatchObject({ class: 'SoftTimeLimitExceeded', module: 'billiard.exceptions' });
    expect(hard?.raised).toMatchObject({ class: 'TimeLimitExceeded', module: 'billiard.exceptions', args: [0.2] });
  });

  it('Python reads custom states while the task runs', async () => {
    const gate = new Gate();
    const report = await app.sendTask('outcomes.report', [gate.file], { queue: nodeQueue });
    await waitUntil('progress is stored', async () => (await report.state()) === 'PROGRESS');
    expect(await python.row(report.id)).toMatchObject({
      status: 'PROGRESS',
      result: '{"step":"pages","current":3,"total":10}',
    });
    gate.open();
    expect(await report.get({ timeout: 20 })).toBe('done');
  });
});
