import { jest } from '@jest/globals';
import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { Decimal } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Gate } from '../support/gate.js';
import { startNodeWorker } from '../support/node-worker.js';
import type { NodeWorkerOptions } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';

/** The machine may be busy, and a worker here is three processes or more. */
jest.setTimeout(120_000);
const PATIENCE = { timeout: 60 };
const NO_SPARE = { CELERY_WORKER_SPARE_CHILDREN: '0' };

let database: OwnDatabase;
let app: CeleryApp;

beforeAll(async () => {
  database = await createOwnDatabase();
  app = celeryClient(database.url);
});

afterAll(() => database?.drop());

/** A worker with a queue of its own, and what a test asks of it. */
async function poolWorker(flags: string[], settings: Record<string, string> = {}) {
  const queue = ownQueue();
  const options: NodeWorkerOptions = { databaseUrl: database.url, queues: [queue], entry: 'pool-worker' };
  const worker = await startNodeWorker({ ...options, flags: ['-n', `${queue}@h`, ...flags], settings });
  const send = <R>(task: string, args: unknown[] = [], more = {}): Promise<AsyncResult<R>> =>
    app.sendTask<R>(`pool.${task}`, args, { queue, ...more });
  const call = async <R>(task: string, args: unknown[] = [], more = {}): Promise<R> =>
    (await send<R>(task, args, more)).get(PATIENCE);
  return { worker, queue, send, call };
}

type PoolWorker = Awaited<ReturnType<typeof poolWorker>>;

const hasState = (result: AsyncResult, state: string) =>
  waitUntil(`${result.id} is ${state}`, async () => (await result.state()) === state, {
    timeout: 60_000,
    interval: 20,
  });
const depth = (queue: string) => depthOf(app, queue);

/** Where a task runs. */
async function pidOf(result: AsyncResult): Promise<number> {
  await hasState(result, 'STARTED');
  return ((await result.result()) as { pid: number }).pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function endsCleanly(worker: TestProcess | undefined): Promise<void> {
  expect(await worker?.stop()).toEqual({ code: 0, signal: null });
}

describe.each(['process', 'threads'])('the pool %s', (pool) => {
  let on: PoolWorker;

  beforeAll(async () => {
    on = await poolWorker(['-P', pool, '-c', '2']);
  });

  afterAll(() => endsCleanly(on?.worker));

  it('runs handlers in its children, none in the process that has the connection', async () => {
    const gate = new Gate();
    const both = await Promise.all([1, 2].map(() => on.send<[number, number]>('until', [gate.file])));
    for (const result of both) await hasState(result, 'STARTED');
    gate.open();
    const places = await Promise.all(both.map((result) => result.get(PATIENCE)));
    const inWorker = places.filter(([pid, thread]) => pid === on.worker.pid && thread === 0);
    expect(inWorker).toEqual([]);
    expect(new Set(places.map(String)).size).toBe(2);
    expect(on.worker.logs()).toMatch(new RegExp(String.raw`concurrency: 2 \(${pool}\)`));
    expect(on.worker.logs()).toContain(`worker_before_create_process in ${on.worker.pid}/0`);
    const [pid, thread] = places[0] ?? [];
    expect(on.worker.logs()).toContain(`worker_process_init in ${pid}/${thread}`);
  });

  it('gives a task the arguments that were sent, and its result as it was returned', async () => {
    const values = [new Date('2026-01-02T03:04:05.678Z'), Buffer.from([0, 255]), new Decimal('1.10'), 2n ** 70n, null];
    const described = await on.call<[string, string][]>('describe', values);
    expect(described.map(([type]) => type)).toEqual(['Date', 'Buffer', 'Decimal', 'bigint', 'object']);
    expect(await on.call('returns', values)).toEqual(values);
    expect(String(described[3]?.[1])).toBe(String(2n ** 70n));
  });

  it('lets a task publish, store its state and log, as in the worker itself', async () => {
    const gate = new Gate();
    const result = await on.send<string[]>('parent', [gate.file], { rootId: 'the-root' });
    await hasState(result, 'PROGRESS');
    expect(await result.result()).toEqual({ current: 1, total: 2 });
    gate.open();
    const [childId = '', rootId, parentId, hostname] = await result.get(PATIENCE);
    expect([rootId, parentId, hostname]).toEqual(['the-root', null, `${on.queue}@h`]);
    expect((await result.children())?.map(({ id }) => id)).toEqual([childId]);
    await on.worker.waitForLog(`pool.parent[${result.id}]: hello from a child`);
    expect(await app.asyncResult(childId).get(PATIENCE)).toHaveLength(2);
  });

  it('carries a retry with its arguments back to the queue', async () => {
    expect(await on.call('again', [new Date(86_400_000)])).toBe('1970-01-02T00:00:00.000Z');
  });

  it('calls hooks and signals where the task ran', async () => {
    const [ok, broken] = await Promise.all([on.send('hooked', [true]), on.send('hooked', [false])]);
    await Promise.all([ok, broken].map((result) => result.get({ ...PATIENCE, propagate: false })));
    const [, pid] = await on.worker.waitForLog(new RegExp(`onSuccess fine ${ok.id} in (\\d+/\\d+)`));
    expect(pid).not.toBe(`${on.worker.pid}/0`);
    await on.worker.waitForLog(`onFailure Error: not fine ${broken.id}`);
    await on.call('where');
    await on.worker.waitForLog('task_success of pool.where');
  });

  it('ends a task at its soft limit by its signal, and at its hard limit by the end of its child, while others run on', async () => {
    const neighbour = await on.send<number>('pause', [2_500]);
    const soft = await on.send('patient', [], { softTimeLimit: 0.3 });
    await expect(soft.get(PATIENCE)).rejects.toMatchObject({ code: 'SOFT_TIME_LIMIT_EXCEEDED' });
    const hard = await on.send('spin', [null], { timeLimit: 0.5 });
    await expect(hard.get(PATIENCE)).rejects.toMatchObject({ code: 'TIME_LIMIT_EXCEEDED', limit: 0.5 });
    expect(await neighbour.get(PATIENCE)).toBeGreaterThan(0);
    const places = await Promise.all([1, 2].map(() => on.call('pause', [100])));
    expect(places).toHaveLength(2);
  });

  it('survives a promise that a task leaves behind and that rejects, and names the task', async () => {
    const careless = await on.send('careless');
    await on.worker.waitForLog(`pool.careless[${careless.id}]: left a promise that nobody awaits`);
    expect(await careless.get(PATIENCE)).toBe('done');
    expect(on.worker.logs()).not.toMatch(/A child of the pool, .*left behind/);
  });

  it('ends a running task that is terminated', async () => {
    const result = await on.send('spin', [null]);
    await hasState(result, 'STARTED');
    await app.control.revoke(result.id, { terminate: true });
    await hasState(result, 'REVOKED');
    expect(await on.call('where')).toHaveLength(2);
  });

  it.each(['exit 0', 'exception'])('tells of a task that ends its child: %s', async (how) => {
    const lost = await on.send('crash', [how]);
    const code = how === 'exit 0' ? 0 : 1;
    const message = expect.stringContaining(`Worker exited prematurely: exit code ${code}`) as string;
    await expect(lost.get(PATIENCE)).rejects.toMatchObject({ code: 'WORKER_LOST', message });
  });
});

describe('the pool process', () => {
  let on: PoolWorker;

  beforeAll(async () => {
    on = await poolWorker(['-P', 'prefork', '-c', '2']);
  });

  afterAll(() => endsCleanly(on?.worker));

  it.each([
    ['SIGKILL', 'signal 9 (SIGKILL)'],
    ['SIGSEGV', 'signal 11 (SIGSEGV)'],
    ['abort', 'signal 6 (SIGABRT)'],
  ])('survives a child that ends by %s, and so do the neighbours', async (how, reason) => {
    const neighbour = await on.send('pause', [1_500]);
    const lost = await on.send('crash', [how]);
    const error = { code: 'WORKER_LOST', message: `Worker exited prematurely: ${reason}.` };
    await expect(lost.get(PATIENCE)).rejects.toMatchObject(error);
    expect(await neighbour.get(PATIENCE)).toEqual(expect.any(Number));
    expect(await on.call('where')).toHaveLength(2);
  });

  it('acknowledges a late-ack task whose child was lost, unless rejectOnWorkerLost gives it another', async () => {
    const failed = await on.send('crashLate', ['SIGKILL']);
    await expect(failed.get(PATIENCE)).rejects.toMatchObject({ code: 'WORKER_LOST' });
    expect(await on.call('onceLost')).toBe(1);
    await waitUntil('the queue is empty', async () => (await depth(on.queue)) === 0);
  });

  it('ends a poison task after three children: FAILURE, and a copy in the dead letter queue', async () => {
    const poison = await on.send('poison', ['SIGSEGV']);
    await expect(poison.get(PATIENCE)).rejects.toMatchObject({ code: 'WORKER_LOST' });
    const lines = on.worker.logs().split('\n');
    expect(lines.filter((line) => line.includes(`pool.poison[${poison.id}] received`))).toHaveLength(3);
    const dlq = `${on.queue}.dlq`;
    await waitUntil('the copy is there', async () => (await depth(dlq)) === 1);
    expect(await depth(on.queue)).toBe(0);
    await app.broker.admin?.deleteQueue(dlq);
  });

  it('finishes what runs when a signal reaches the whole process group, and closes the application of each child', async () => {
    const { worker, send } = await poolWorker(['-P', 'process', '-c', '1'], NO_SPARE);
    const gate = new Gate();
    const running = await send<[number, number]>('until', [gate.file]);
    await hasState(running, 'STARTED');
    process.kill(-worker.pid, 'SIGTERM');
    await worker.waitForLog('Warm shutdown');
    gate.open();
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    const [child] = await running.get(PATIENCE);
    expect(worker.logs()).toContain(`worker_process_shutdown in ${child}/0`);
    expect(worker.logs()).toContain(`module destroyed in ${child}/0`);
    expect(isAlive(child)).toBe(false);
  });

  it('at the shutdown deadline kills what still runs: its late-ack message goes back to the queue', async () => {
    const settings = { ...NO_SPARE, CELERY_WORKER_SHUTDOWN_TIMEOUT: '0.2' };
    const { worker, send, queue } = await poolWorker(['-P', 'process', '-c', '1'], settings);
    const running = await send('pauseLate', [60_000]);
    await hasState(running, 'STARTED');
    await endsCleanly(worker);
    await waitUntil('it is back', async () => (await depth(queue)) === 1);
  });

  it('replaces children after --max-tasks-per-child runs, and above --max-memory-per-child', async () => {
    const flags = ['-P', 'process', '-c', '1', '--max-tasks-per-child=2', '--max-memory-per-child=300000'];
    const { worker, call } = await poolWorker(flags);
    const pids = [];
    for (let n = 0; n < 3; n++) pids.push(await call('grow', [1]));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[1]);
    await worker.waitForLog(`module destroyed in ${pids[0]}/0`);
    const large = await call('grow', [300]);
    expect(await call('grow', [1])).not.toBe(large);
    await worker.kill();
  });

  it('grows with --autoscale, and leaves no child behind when it is killed', async () => {
    const { worker, send } = await poolWorker(['-P', 'process', '--autoscale=3,1'], NO_SPARE);
    expect(worker.logs()).toContain('concurrency: {min=1, max=3} (process)');
    const running = await Promise.all([send('pause', [60_000]), send('pause', [60_000]), send('spin', [null])]);
    const children = await Promise.all(running.map(pidOf));
    expect(new Set(children).size).toBe(3);
    expect(worker.logs()).toMatch(/Scaling up \d processes\./);
    // the worker alone: what its children then do is their own, also of the one whose event loop never turns
    worker.signal('SIGKILL');
    await waitUntil('its children have gone', () => !children.some(isAlive), { timeout: 60_000 });
  });

  it('does not start when its children cannot: it says so and exits with 1', async () => {
    const starting = poolWorker(['-P', 'process', '-c', '1'], { ...NO_SPARE, POOL_BOOT: 'fail' });
    await expect(starting).rejects.toThrow(
      /worker child: no boot today[\s\S]*could not be started: exit code 1. What it printed says why/,
    );
  });
});

describe('the pool async', () => {
  let on: PoolWorker;

  beforeAll(async () => {
    on = await poolWorker(['-P', 'async'], { CELERY_WORKER_LOOP_LAG_WARNING: '1000' });
  });

  afterAll(() => endsCleanly(on?.worker));

  it('names a task that blocks the event loop', async () => {
    const [quick, greedy] = await Promise.all([on.send('pause', [100]), on.send('spin', [1_200])]);
    await Promise.all([quick, greedy].map((result) => result.get(PATIENCE)));
    await on.worker.waitForLog(new RegExp(String.raw`Task pool\.spin\[${greedy.id}\] blocked the event loop for \d+`));
    expect(on.worker.logs()).not.toContain(`pool.pause[${quick.id}] blocked`);
  });

  it('survives a promise that a task leaves behind and that rejects, and names the task', async () => {
    const careless = await on.send('careless');
    await on.worker.waitForLog(`pool.careless[${careless.id}]: left a promise that nobody awaits`);
    expect(await careless.get(PATIENCE)).toBe('done');
    await on.worker.waitForLog('RangeError: left behind');
    expect(await on.call('where')).toEqual([on.worker.pid, 0]);
  });
});
