import type { CeleryApp } from '../app/celery-app.js';
import type { TaskHandler } from '../app/task-registry.js';
import { BackendStoreError, BackendUnavailable } from '../errors/backend-errors.js';
import { Ignore, Reject } from '../errors/task-errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { depthOf, MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';
import type { WorkerOptions } from './worker-options.js';

const workers = new MemoryWorkers('worker-spec');
const { lines } = workers;

const makeApp = (...args: Parameters<typeof workers.app>) => workers.app(...args);
const makeWorker = (...args: Parameters<typeof workers.worker>) => workers.worker(...args);
const depth = (app: CeleryApp) => depthOf(app);

describe('Worker', () => {
  it('runs a task and stores what it returns', async () => {
    const app = makeApp();
    await makeWorker(app, { add: ([x, y]) => Number(x) + Number(y) }).start();
    const result = await app.sendTask<number>('add', [2, 3]);
    expect(await result.get({ timeout: 5 })).toBe(5);
    expect(lines.some((line) => line.startsWith(`Task add[${result.id}] succeeded in `))).toBe(true);
  });

  it('stores the error of a task that throws', async () => {
    const app = makeApp();
    const fail = () => {
      throw new TypeError('broken');
    };
    await makeWorker(app, { fail }).start();
    const result = await app.sendTask('fail');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ name: 'TypeError', message: 'broken' });
    expect(await result.traceback()).toContain('broken');
  });

  it('makes a failure of a value that cannot be written', async () => {
    const app = makeApp();
    await makeWorker(app, { odd: () => ({ call: () => 1 }) }).start();
    const result = await app.sendTask('odd');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'ENCODE_ERROR' });
  });

  it('logs an expected error without a stack', async () => {
    class Declined extends Error {}
    const app = makeApp();
    const pay: TaskHandler = () => {
      throw new Declined('no money');
    };
    await makeWorker(app, { pay: [pay, { throws: [Declined] }] }).start();
    await (await app.sendTask('pay')).get({ timeout: 5, propagate: false });
    await waitUntil('the line is written', () => lines.some((line) => line.includes('raised expected')));
    expect(lines.find((line) => line.includes('raised expected'))).not.toContain('\n');
  });

  it('acknowledges before the task by default: what runs at a hard stop is gone; with late acks it comes back', async () => {
    const left = async (acksLate: boolean) => {
      const app = makeApp();
      const worker = makeWorker(app, { hang: [() => new Promise(() => {}), { acksLate }] });
      await worker.start();
      await app.sendTask('hang');
      await waitUntil('the task runs', () => worker.active === 1);
      await worker.stop(new Date());
      return depth(app);
    };
    expect(await left(false)).toBe(0);
    expect(await left(true)).toBe(1);
  });

  it('gives back at a stop what has not started, and late-ack tasks that do not finish', async () => {
    const app = makeApp();
    const started: unknown[] = [];
    const never = ([id]: unknown[]) => {
      started.push(id);
      return new Promise(() => {});
    };
    const worker = makeWorker(app, { never: [never, { acksLate: true }] }, { concurrency: 1 });
    await worker.start();
    for (const id of [1, 2, 3]) await app.sendTask('never', [id]);
    await waitUntil('one has started', () => started.length === 1);
    await worker.stop(new Date());
    expect(started).toEqual([1]);
    expect(await depth(app)).toBe(3);
  });

  it('finishes what runs before it closes', async () => {
    const app = makeApp();
    let finish: (() => void) | undefined;
    const slow = () => new Promise<string>((resolve) => (finish = () => resolve('done')));
    const worker = makeWorker(app, { slow });
    await worker.start();
    const result = await app.sendTask('slow');
    await waitUntil('the task runs', () => finish !== undefined);
    const stopped = worker.stop(new Date(Date.now() + 60_000));
    finish?.();
    await stopped;
    expect(await result.state()).toBe('SUCCESS');
  });

  it('starts and stops twice without harm, and stops without a start', async () => {
    const app = makeApp();
    const worker = makeWorker(app, {});
    await Promise.all([worker.start(), worker.start()]);
    await Promise.all([worker.stop(), worker.stop()]);
    await makeWorker(app, {}).stop();
  });

  it('holds a task until its eta, and lets others pass', async () => {
    const clock = new FakeClock();
    const app = makeApp({}, { clock });
    const ran: unknown[] = [];
    await makeWorker(app, { note: ([id]) => ran.push(id) }).start();
    const later = await app.sendTask('note', ['later'], { countdown: 0.3 });
    await (await app.sendTask('note', ['now'])).get();
    expect(ran).toEqual(['now']);
    await clock.advance(300);
    await later.get();
    expect(ran).toEqual(['now', 'later']);
  });

  it('revokes what comes too late', async () => {
    const clock = new FakeClock();
    const app = makeApp({}, { clock });
    const ran = jestFn();
    await makeWorker(app, { note: ran }).start();
    const result = await app.sendTask('note', [], { countdown: 0.2, expires: 0.1 });
    await waitUntil('it has been received', () => lines.some((line) => line.endsWith(`[${result.id}] received`)));
    await clock.advance(200);
    await expect(result.get()).rejects.toMatchObject({ code: 'TASK_REVOKED', message: 'expired' });
    expect(await result.state()).toBe('REVOKED');
    expect(ran.calls).toBe(0);
  });

  it('tells the caller about a task that it does not know', async () => {
    const app = makeApp();
    await makeWorker(app, {}).start();
    await expect((await app.sendTask('constructor')).get({ timeout: 5 })).rejects.toMatchObject({
      code: 'NOT_REGISTERED',
    });
    expect(lines.join('\n')).toContain("Received unregistered task of type 'constructor'");
  });

  it('stores nothing for an ignored task, an ignored result or a rejected message', async () => {
    const app = makeApp();
    const ignore = () => {
      throw new Ignore();
    };
    const reject = () => {
      throw new Reject('not today');
    };
    const worker = makeWorker(app, {
      ignore,
      reject: [reject, { acksLate: true }],
      quiet: [() => 1, { ignoreResult: true }],
    });
    await worker.start();
    const ids = [
      (await app.sendTask('ignore')).id,
      (await app.sendTask('reject')).id,
      (await app.sendTask('quiet', [], { ignoreResult: true })).id,
    ];
    await waitUntil(
      'all three have ended',
      () => lines.filter((line) => / ignored$| rejected, | succeeded /.test(line)).length === 3,
    );
    await worker.stop();
    for (const id of ids) expect(await app.asyncResult(id).state()).toBe('PENDING');
    expect(await depth(app)).toBe(0);
  });

  it('stores errors of ignored results when it is asked to', async () => {
    const app = makeApp({ taskStoreErrorsEvenIfIgnored: true });
    const fail = () => {
      throw new Error('kept');
    };
    await makeWorker(app, { fail }).start();
    const { id } = await app.sendTask('fail', [], { ignoreResult: true });
    await expect(app.asyncResult(id).get({ timeout: 5 })).rejects.toThrow('kept');
  });

  it('publishes callbacks and the next step of a chain before the result is stored, as its children', async () => {
    const app = makeApp();
    const add: TaskHandler = ([x, y]) => Number(x) + Number(y);
    await makeWorker(app, { add }).start();
    const step = (id: string, y: number) => ({
      task: 'add',
      args: [y],
      kwargs: {},
      options: { task_id: id },
      subtask_type: null,
      immutable: false,
    });
    const embed = { callbacks: [step('link', 100)], chain: [step('third', 3), step('second', 2)] };
    const first = await app.publish({ name: 'add', args: [1, 1], options: {}, embed });
    expect(await app.asyncResult('third').get({ timeout: 5 })).toBe(7);
    expect(await app.asyncResult('link').get({ timeout: 5 })).toBe(102);
    expect((await first.children()).map(({ id }) => id)).toEqual(['link', 'second']);
  });

  it('tells whoever waits for the end of a chain that an earlier step failed, and calls the errback', async () => {
    const app = makeApp();
    const seen: unknown[] = [];
    const fail = () => {
      throw new RangeError('too far');
    };
    await makeWorker(app, { fail, alarm: (args) => seen.push(args) }).start();
    const step = {
      task: 'fail',
      args: [],
      kwargs: {},
      options: { task_id: 'last' },
      subtask_type: null,
      immutable: false,
    };
    const errback = { ...step, task: 'alarm', options: {} };
    const first = await app.publish({
      name: 'fail',
      args: [],
      options: {},
      embed: { chain: [step], errbacks: [errback] },
    });
    await expect(app.asyncResult('last').get({ timeout: 5 })).rejects.toThrow('too far');
    await waitUntil('the errback ran', () => seen.length === 1);
    expect(seen).toEqual([[first.id]]);
  });

  it('fails a task that goes on as a chord, instead of losing the chord in silence', async () => {
    const app = makeApp();
    const ran = jestFn();
    await makeWorker(app, { member: ran }).start();
    const body = { task: 'body', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
    const result = await app.publish({ name: 'member', args: [], options: {}, embed: { chord: body } });
    await expect(result.get({ timeout: 5 })).rejects.toThrow('Send it to a Python worker');
    expect(ran.calls).toBe(0);
  });

  it('sends the next step of a chain with the options of the task that is registered here', async () => {
    const app = makeApp();
    await makeWorker(app, { first: () => 1, next: [() => 2, { queue: 'mail' }] }).start();
    const next = { task: 'next', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: true };
    await (await app.publish({ name: 'first', args: [], options: {}, embed: { chain: [next] } })).get({ timeout: 5 });
    expect((await app.broker.admin?.depth('mail'))?.messages).toBe(1);
  });

  it('fails a step whose chord hangs on it', async () => {
    const app = makeApp();
    await makeWorker(app, { member: () => 1 }).start();
    const body = { task: 'body', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
    const last = { ...body, task: 'member', options: { chord: body } };
    const result = await app.publish({ name: 'member', args: [], options: {}, embed: { chain: [last] } });
    await expect(result.get({ timeout: 5 })).rejects.toThrow('Send it to a Python worker');
  });

  it('settles a failure whose errback cannot be sent', async () => {
    const app = makeApp({ taskCreateMissingQueues: false });
    const runs = jestFn();
    const fail: TaskHandler = (...call) => {
      runs(...call);
      throw new Error('broken');
    };
    const worker = makeWorker(app, { fail: [fail, { acksLate: true }] });
    await worker.start();
    const errback = {
      task: 'x',
      args: [],
      kwargs: {},
      options: { queue: 'nowhere' },
      subtask_type: null,
      immutable: true,
    };
    const result = await app.publish({ name: 'fail', args: [], options: {}, embed: { errbacks: [errback] } });
    await expect(result.get({ timeout: 5 })).rejects.toThrow('broken');
    await waitUntil('the line is written', () => lines.some((line) => line.includes('an errback could not be sent')));
    await worker.stop();
    expect([runs.calls, await depth(app)]).toEqual([1, 0]);
  });

  it('makes a failure of a result that the backend refuses, and runs the task once', async () => {
    const app = makeApp();
    const backend = await app.connectBackend();
    const store = backend.storeResult.bind(backend);
    backend.storeResult = async (meta) => {
      if (meta.status === 'SUCCESS') throw new BackendStoreError('refused');
      return store(meta);
    };
    const runs = jestFn();
    const worker = makeWorker(app, { task: [runs, { acksLate: true }] });
    await worker.start();
    await expect((await app.sendTask('task')).get({ timeout: 5 })).rejects.toThrow('refused');
    await worker.stop();
    expect([runs.calls, await depth(app)]).toEqual([1, 0]);
  });

  it('gives a late-ack message back, not at full speed, when its result cannot be stored at all', async () => {
    const app = makeApp();
    const backend = await app.connectBackend();
    backend.storeResult = async () => {
      throw new BackendUnavailable('away');
    };
    const runs = jestFn();
    const worker = makeWorker(app, { task: [runs, { acksLate: true }] });
    await worker.start();
    await app.sendTask('task');
    await waitUntil('it ran', () => runs.calls === 1);
    await worker.stop(new Date());
    expect([runs.calls, await depth(app)]).toEqual([1, 1]);
  });

  it('tells at once about a result serializer that does not exist', () => {
    expect(() => makeWorker(makeApp({ resultSerializer: 'jsn' }), {})).toThrow("There is no serializer 'jsn'");
  });

  it('starts nothing when it was stopped before', async () => {
    const app = makeApp();
    const worker = makeWorker(app, { add: () => 1 });
    await worker.stop();
    await expect(worker.start()).rejects.toThrow('The worker was stopped.');
    await app.sendTask('add');
    expect(await depth(app)).toBe(1);
  });

  it('is not ready when it was stopped in the last step of its start', async () => {
    const app = makeApp();
    const worker = makeWorker(app, {}, { autoscale: { max: 2, min: 1 } });
    let ready = 0;
    app.signals.connect('worker_ready', () => void ready++);
    const declare = app.broker.declare.bind(app.broker);
    let stopped: Promise<void> | undefined;
    app.broker.declare = (topology) => {
      if (topology.queues.some(({ name }) => name.endsWith('.pidbox'))) stopped = worker.stop();
      return declare(topology);
    };
    await expect(worker.start()).rejects.toThrow('The worker was stopped.');
    await stopped;
    expect(stopped).toBeDefined();
    expect(ready).toBe(0);
  });

  it('takes a task that another task published for its own, not for a part of that one', async () => {
    const app = makeApp();
    const callback = { task: 'c', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: true };
    const a = async () =>
      (await app.publish({ name: 'b', args: [], options: {}, embed: { callbacks: [callback] } })).id;
    await makeWorker(app, { a, b: () => 1, c: () => 1 }).start();
    const result = await app.sendTask<string>('a');
    const b = await result.get({ timeout: 5 });
    await app.asyncResult(b).get({ timeout: 5 });
    expect((await result.children()).map(({ id }) => id)).toEqual([b]);
  });

  it('gives tasks published by a task its root, and records them as children', async () => {
    const app = makeApp();
    const parent = async () => (await app.sendTask('child')).id;
    await makeWorker(app, { parent, child: () => 'c' }).start();
    const result = await app.sendTask<string>('parent');
    const childId = await result.get({ timeout: 5 });
    expect((await result.children()).map(({ id }) => id)).toEqual([childId]);
  });

  it('warns when a task waits for another', async () => {
    const app = makeApp();
    const parent = async () => (await app.sendTask('child')).get({ timeout: 5 });
    await makeWorker(app, { parent, child: () => 'c' }).start();
    expect(await (await app.sendTask('parent')).get({ timeout: 5 })).toBe('c');
    expect(lines.join('\n')).toContain('never call get() within a task');
  });

  it('consumes the queues that it is told to, and no other', async () => {
    const app = makeApp({ taskQueues: ['a', 'b', 'c'] });
    const banner = (options: WorkerOptions) =>
      workers.worker(app, {}, options).banner.match(/\.> \w+ +exchange/g)?.length;
    expect(banner({})).toBe(3);
    expect(banner({ excludeQueues: ['b'] })).toBe(2);
    expect(banner({ queues: ['a', 'x'] })).toBe(2);
    expect(() => banner({ excludeQueues: ['a', 'b', 'c'] })).toThrow('No queue is left to consume');
  });

  it('deletes expired results when celery.backend_cleanup is sent, as beat and Python do', async () => {
    const app = makeApp({ resultExpires: 0.05 });
    await makeWorker(app, { add: () => 1 }).start();
    const old = await app.sendTask('add');
    await old.get({ timeout: 5 });
    await waitUntil('the result is old', async () => {
      await (await app.sendTask('celery.backend_cleanup')).get({ timeout: 5 });
      return (await app.asyncResult(old.id).state()) === 'PENDING';
    });
  });

  it('refuses a pool that does not exist', () => {
    expect(() => makeWorker(makeApp(), {}, { pool: 'forks' })).toThrow(
      "There is no pool 'forks': choose one of prefork",
    );
  });

  it('refuses pools of children where it has no main file for them', () => {
    expect(() => makeWorker(makeApp(), {}, { pool: 'prefork' })).toThrow(/pool 'process' run the worker's main file/);
  });
});

function jestFn(): TaskHandler & { calls: number } {
  const count = Object.assign(() => void count.calls++, { calls: 0 });
  return count;
}
