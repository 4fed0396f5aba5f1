import type { CeleryApp } from '../app/celery-app.js';
import type { CeleryOptions } from '../app/config.js';
import { currentTask } from '../app/task-context.js';
import type { ApplyAsyncOptions, TaskOptions } from '../app/task-options.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { Reject } from '../errors/task-errors.js';
import { depthOf, MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('beat-repeats');

const LATE = { acksLate: true };
const PERIODIC = { taskId: 'the-id', periodicTaskName: 'nightly' };

const dropped = () => workers.lines.filter((line) => line.includes('is dropped'));

/** A worker whose task `work` does what the spec says, and `last`, which ends the queue. */
async function working(options: TaskOptions = {}, run: () => unknown = () => 'done', settings: CeleryOptions = {}) {
  const app = workers.app({ workerEnableRemoteControl: false, ...settings });
  const runs: string[] = [];
  const work = () => {
    runs.push(String(currentTask()?.id));
    return run();
  };
  const worker = workers.worker(app, { work: [work, options], last: () => 'last' }, { concurrency: 1 });
  await worker.start();
  const send = (more: ApplyAsyncOptions = {}) => app.sendTask('work', [], { ...PERIODIC, ...more });
  /** Resolves when whatever was sent before has been worked off. */
  const workedOff = async () => void (await (await app.sendTask('last')).get({ timeout: 5 }));
  return { app, runs, worker, send, workedOff };
}

/** Every state that is stored. */
function watchStores(app: CeleryApp): string[] {
  const stored: string[] = [];
  const backend = app.backend as ResultBackend;
  const store = backend.storeResult.bind(backend);
  backend.storeResult = (meta, address) => {
    stored.push(`${meta.taskId} ${meta.status}`);
    return store(meta, address);
  };
  return stored;
}

/** Another store for what has begun; `undefined`: none. */
function withOnce(app: CeleryApp, once: ResultBackend['once']): void {
  Object.assign(app.backend as object, { once });
}

describe('A task that beat has sent twice under one id', () => {
  it.each([
    ['late', LATE],
    ['early', {}],
  ])(
    'runs once, with %s acks: the second is acknowledged and dropped, and leaves a line and nothing else',
    async (_, options) => {
      const { app, runs, send, workedOff } = await working(options);
      const stored = watchStores(app);
      const told: string[] = [];
      const signals = ['task_prerun', 'task_failure', 'task_revoked', 'task_rejected'] as const;
      for (const name of signals)
        app.signals.connect(name, ({ sender }) => void (sender !== 'last' && told.push(name)));
      await send();
      await send();
      await workedOff();
      expect(runs).toEqual(['the-id']);
      expect(stored.filter((state) => state.startsWith('the-id'))).toEqual(['the-id SUCCESS']);
      expect(told).toEqual(['task_prerun']);
      expect(dropped()).toEqual([
        "Task work[the-id] is dropped: beat has sent it twice for 'nightly', and it has begun before under this id.",
      ]);
      expect(await depthOf(app)).toBe(0);
    },
  );

  it('runs once among all workers of a result backend', async () => {
    const { app, runs, send, worker } = await working(LATE);
    await (await send()).get({ timeout: 5 });
    await worker.stop();
    await workers.worker(app, { work: () => void runs.push('again'), last: () => 'last' }, { concurrency: 1 }).start();
    await send();
    await (await app.sendTask('last')).get({ timeout: 5 });
    expect(runs).toEqual(['the-id']);
  });

  it('is remembered by the worker itself where no result backend does', async () => {
    const { app, runs, send, workedOff } = await working(LATE);
    withOnce(app, undefined);
    await send();
    await send();
    await workedOff();
    expect(runs).toEqual(['the-id']);
    expect(dropped()).toHaveLength(1);
  });

  it('runs twice, with a warning, when nobody can say whether it has begun', async () => {
    const { app, runs, send, workedOff } = await working(LATE);
    withOnce(app, { first: () => Promise.reject(new Error('the database is away')) });
    await send();
    await send();
    await workedOff();
    expect(runs).toEqual(['the-id', 'the-id']);
    expect(workers.lines.filter((line) => line.endsWith('begun before: Error: the database is away'))).toHaveLength(2);
  });
});

describe('A task that has begun before, and yet runs again,', () => {
  it('is one that the broker delivers again, as its worker died; it has begun then', async () => {
    const { app, runs, send, worker } = await working(LATE, () => new Promise(() => {}));
    const result = await send();
    await waitUntil('it runs', () => runs.length === 1);
    await worker.terminate();
    const again = () => void runs.push('again');
    await workers.worker(app, { work: [again, LATE], last: () => 'last' }, { concurrency: 1 }).start();
    await result.get({ timeout: 5 });
    await send();
    await (await app.sendTask('last')).get({ timeout: 5 });
    expect(runs).toEqual(['the-id', 'again']);
    expect(dropped()).toHaveLength(1);
  });

  it('is one that the broker delivers again, though nobody had begun it: from then on it has', async () => {
    const { app, runs, send, worker } = await working(LATE, () => new Promise(() => {}));
    await send({ taskId: 'of the slot' });
    const result = await send();
    await waitUntil('both have arrived', async () => runs.length === 1 && (await depthOf(app)) === 0);
    await worker.terminate();
    const again = () => void runs.push(String(currentTask()?.id));
    await workers.worker(app, { work: [again, LATE], last: () => 'last' }, { concurrency: 1 }).start();
    await result.get({ timeout: 5 });
    await send();
    await (await app.sendTask('last')).get({ timeout: 5 });
    expect(runs).toEqual(['of the slot', 'of the slot', 'the-id']);
  });

  it('is one that waited for its eta, and counts from its start', async () => {
    const asked: string[] = [];
    const { app, runs, send, workedOff } = await working(LATE);
    const once = { first: async (id: string) => asked.push(id) === 1 };
    withOnce(app, once);
    await send({ countdown: 300 });
    await workedOff();
    expect(asked).toEqual([]);
    await send();
    await workedOff();
    expect(asked).toEqual(['the-id']);
    expect(runs).toEqual(['the-id']);
  });

  it('is a retry', async () => {
    const { runs, send, workedOff } = await working({}, () => {
      const task = currentTask();
      return task?.retries === 0 ? task.retry({ countdown: 0 }) : 'done';
    });
    expect(await (await send()).get({ timeout: 5 })).toBe('done');
    await workedOff();
    expect(runs).toEqual(['the-id', 'the-id']);
  });

  it('is one that its task refused, and that comes from a dead letter queue', async () => {
    const deadLetters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'second' };
    const { runs, send, workedOff } = await working(
      LATE,
      () => {
        if (runs.length === 1) throw new Reject('not here');
      },
      { taskQueues: [{ name: 'celery', queueArguments: deadLetters }, 'second'] },
    );
    await (await send()).get({ timeout: 5 });
    await workedOff();
    expect(runs).toEqual(['the-id', 'the-id']);
  });

  it('is one that a worker has sent anew, as the child that ran it was lost', async () => {
    const { runs, send, workedOff } = await working(LATE);
    await send();
    await send({ headers: { 'x-celery-lost': 1 } });
    await workedOff();
    expect(runs).toEqual(['the-id', 'the-id']);
  });

  it('is one that no beat has sent; nobody is asked for it', async () => {
    const { app, runs, workedOff } = await working(LATE);
    withOnce(app, { first: () => Promise.reject(new Error('must not be asked')) });
    await app.sendTask('work', [], { taskId: 'a' });
    await app.sendTask('work', [], { taskId: 'a' });
    await workedOff();
    expect(runs).toEqual(['a', 'a']);
    expect(workers.lines.filter((line) => line.includes('must not be asked'))).toEqual([]);
  });
});

describe('A worker that is stopped while it asks whether a task has begun', () => {
  it.each([
    ['gives a message with a late ack back', LATE, { ran: 0, depth: 1 }],
    ['runs what it has acknowledged', {}, { ran: 1, depth: 0 }],
  ])('%s', async (_, options, { ran, depth }) => {
    const { app, runs, send, worker } = await working(options);
    let answer: (isFirst: boolean) => void = () => {};
    let asked = false;
    const first = () => {
      asked = true;
      return new Promise<boolean>((resolve) => (answer = resolve));
    };
    withOnce(app, { first });
    await send();
    await waitUntil('it asks', () => asked);
    const quiet = worker.quiet();
    answer(true);
    await quiet;
    await waitUntil('it has no slot any more', () => worker.active === 0);
    expect(runs).toHaveLength(ran);
    expect(await depthOf(app)).toBe(depth);
  });
});
