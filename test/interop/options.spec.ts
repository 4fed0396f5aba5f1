import { formatIso, systemClock } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, runPython, startPythonWorker } from '../support/python.js';

/** In a month, as Python writes it; RabbitMQ takes no message that expires in more than 49 days. */
const MONTH = new Date(systemClock.now().getTime() + 30 * 86_400_000);
const LATER = formatIso(MONTH);
const PAST = '2001-01-01T00:00:00+00:00';

describe('the options of a call between Python and us', () => {
  const pythonQueue = ownQueue();
  const queue = ownQueue();
  let database: OwnDatabase;
  let pythonWorker: PythonWorker;
  let worker: TestProcess;
  let python: PythonClient;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    await migratePython({ databaseUrl: database.url });
    const node = { databaseUrl: database.url, queues: [queue], entry: 'bad-input-worker' };
    [pythonWorker, worker] = await Promise.all([
      startPythonWorker({ databaseUrl: database.url, queues: [pythonQueue] }),
      startNodeWorker(node),
    ]);
    python = new PythonClient({ databaseUrl: database.url });
    app = celeryClient(database.url);
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await Promise.all([pythonWorker?.stop(), worker?.stop()]);
    await database?.drop();
  });

  it('arrive in a Python worker, as its request says', async () => {
    const options = {
      queue: pythonQueue,
      taskId: 'chosen by the caller',
      priority: 5,
      expires: MONTH,
      eta: new Date(PAST),
      timeLimit: 300,
      softTimeLimit: 240.5,
      shadow: 'shown',
      headers: { tenant: 'acme', attempt: 3 },
      argsrepr: '(hidden)',
      kwargsrepr: '{hidden}',
      replyTo: 'somewhere',
      rootId: 'root',
      parentId: 'parent',
      groupId: 'group',
      groupIndex: 2,
      deliveryMode: 'transient',
    } as const;
    const sent = await app.sendTask<Record<string, unknown>>('interop.tasks.context', [], options);
    expect(sent.id).toBe('chosen by the caller');
    expect(await sent.get({ timeout: 20 })).toMatchObject({
      id: 'chosen by the caller',
      root_id: 'root',
      parent_id: 'parent',
      group: 'group',
      group_index: 2,
      retries: 0,
      eta: PAST,
      expires: LATER,
      timelimit: [300, 240.5],
      shadow: 'shown',
      argsrepr: '(hidden)',
      kwargsrepr: '{hidden}',
      correlation_id: 'chosen by the caller',
      reply_to: 'somewhere',
      ignore_result: false,
      headers: { tenant: 'acme', attempt: 3 },
      delivery_info: { exchange: '', routing_key: pythonQueue, priority: 5 },
      properties: { priority: 5, delivery_mode: 1 },
    });
    expect(pythonWorker.logs()).toContain('shown[chosen by the caller]');
  });

  it('are defaults of a task class that is known here: limits, priority and shadow reach Python, too', async () => {
    const task = { timeLimit: 60, softTimeLimit: 50, priority: 7, shadowName: () => 'by the class' };
    const sent = await app.sendTask<Record<string, unknown>>('interop.tasks.context', [], { queue: pythonQueue }, task);
    expect(await sent.get({ timeout: 20 })).toMatchObject({
      timelimit: [60, 50],
      shadow: 'by the class',
      delivery_info: { priority: 7 },
    });
  });

  it('say in Python that nobody wants the result, or that it has expired', async () => {
    const ignored = await app.sendTask('interop.tasks.add', [1, 2], { queue: pythonQueue, ignoreResult: true });
    const expired = await app.sendTask('interop.tasks.add', [1, 2], { queue: pythonQueue, countdown: 3.5, expires: 3 });
    expect(await ignored.get({ timeout: 20 })).toBeUndefined();
    await expect(expired.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_REVOKED', message: 'expired' });
    expect(await python.row(ignored.id)).toBeNull();
  });

  it('arrive from Python in our worker, as currentTask() says', async () => {
    const options = {
      queue,
      task_id: 'chosen in Python',
      priority: 5,
      expires: LATER,
      eta: PAST,
      time_limit: 300,
      soft_time_limit: 240.5,
      shadow: 'shown',
      headers: { tenant: 'acme', attempt: 3 },
      reply_to: 'somewhere',
      root_id: 'root',
      parent_id: 'parent',
      group_id: 'group',
      group_index: 2,
      delivery_mode: 1,
    };
    const sent = await python.send('bad.request', { args: [], options, wait: 20 });
    expect(sent.result).toMatchObject({
      id: 'chosen in Python',
      rootId: 'root',
      parentId: 'parent',
      groupId: 'group',
      retries: 0,
      eta: PAST,
      expires: LATER,
      timeLimits: { hard: 300, soft: 240.5 },
      shadow: 'shown',
      ignoreResult: false,
      correlationId: 'chosen in Python',
      replyTo: 'somewhere',
      headers: { tenant: 'acme', attempt: 3 },
      deliveryInfo: { exchange: '', routingKey: queue, priority: 5, redelivered: false },
      priority: 5,
      deliveryMode: 1,
    });
    await worker.waitForLog('Task shown[chosen in Python] succeeded');
  });

  it('keep what Python says of the arguments for people, in the row of the result', async () => {
    const options = { queue, argsrepr: '(hidden)', kwargsrepr: '{hidden}' };
    const sent = await python.send('bad.ok', { args: ['secret'], options, wait: 20 });
    expect(await python.row(sent.task_id)).toMatchObject({ task_args: '"(hidden)"', task_kwargs: '"{hidden}"' });
  });

  it('do not help 50 MB of arguments from Python: one line, and the worker lives on', async () => {
    const program = [
      'import django',
      'django.setup()',
      'from interop import celery_app as app',
      `sent = app.send_task('bad.length', ['x' * 50 * 2**20], queue='${queue}')`,
      'print(chr(34) + sent.id + chr(34))',
    ];
    const id = await runPython<string>(['-c', program.join('\n')], { databaseUrl: database.url });
    await worker.waitForLog(new RegExp(`bad\\.length\\[${id}\\].*discarded.*more than messageMaxBytes`));
    expect(await python.send('bad.ok', { args: [1], options: { queue }, wait: 20 })).toMatchObject({ result: 1 });
  }, 60_000);
});
