import type { CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';

let database: OwnDatabase;
let app: CeleryApp;
const workers: TestProcess[] = [];

beforeAll(async () => {
  database = await createOwnDatabase();
  app = celeryClient(database.url);
}, 60_000);

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await app.close();
  await database.drop();
});

async function start(settings: Record<string, string> = {}, flags: string[] = []) {
  const queue = ownQueue();
  const worker = await startNodeWorker({
    databaseUrl: database.url,
    queues: [queue],
    entry: 'nest-worker',
    settings,
    flags,
  });
  workers.push(worker);
  const greet = async (...args: unknown[]) => {
    const result = await app.sendTask('nest.greet', args, { queue });
    return { id: result.id, value: await result.get({ timeout: 20, propagate: false }) };
  };
  return { worker, greet };
}

/** What the application logged, in order. */
function seen(worker: TestProcess): string[] {
  return [...worker.logs().matchAll(/\[Seen\] (.+)/g)].map(([, line]) => line ?? '');
}

describe.each(['async', 'process'])('a worker process with the pool %s', (pool) => {
  it('runs guards, hooks and receivers around its tasks, on one instance for each run', async () => {
    const { worker, greet } = await start({}, ['-P', pool, '-c', '1', '-n', 'nest@test']);
    expect(seen(worker)).toContain('worker_init by nest@test');

    const good = await greet(' ann ');
    expect(good.value).toBe('hello ann');
    await worker.waitForLog('after of 1: SUCCESS');

    const refused = await greet('forbidden');
    expect(refused.value).toMatchObject({ name: 'ForbiddenException', message: 'Forbidden resource' });
    await worker.waitForLog('after of 2: FAILURE');

    const invalid = await greet(5);
    expect(invalid.value).toMatchObject({ message: 'nest.greet(): args[0]: must be a text' });
    await worker.waitForLog('after of 3: FAILURE');

    const lines = seen(worker);
    const runs = lines.filter((line) => !line.startsWith('worker') && !line.startsWith('task_received'));
    expect(runs).toEqual([
      'before of 1',
      'guard celery run 0 of ann',
      'work of 1',
      'success of 1: hello ann',
      'after of 1: SUCCESS',
      'before of 2',
      'guard celery run 0 of forbidden',
      'failure of 2: Forbidden resource',
      `task_failure ${refused.id}: ForbiddenException: Forbidden resource`,
      'after of 2: FAILURE',
      'before of 3',
      'failure of 3: nest.greet(): args[0]: must be a text',
      `task_failure ${invalid.id}: TypeError: nest.greet(): args[0]: must be a text`,
      'after of 3: FAILURE',
    ]);
    expect(lines.filter((line) => line.startsWith('task_received'))).toEqual(
      [good, refused, invalid].map(({ id }) => `task_received ${id}`),
    );

    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(seen(worker).filter((line) => line.startsWith('worker_sh'))).toEqual([
      'worker_shutting_down SIGTERM Warm',
      'worker_shutdown',
    ]);
  }, 60_000);
});

describe('the global guard of a worker process', () => {
  it('refuses no task by default', async () => {
    const { greet } = await start();
    expect((await greet('robot')).value).toBe('hello robot');
  });

  it('refuses tasks with applyGlobalEnhancers', async () => {
    const { greet } = await start({ APPLY_GLOBAL: 'true' });
    expect((await greet('robot')).value).toMatchObject({ message: 'Forbidden resource' });
    expect((await greet('ann')).value).toBe('hello ann');
  });
});
