import type { CeleryApp } from '../app/celery-app.js';
import type { CeleryOptions } from '../app/config.js';
import { currentTask } from '../app/task-context.js';
import type { TaskOptions } from '../app/task-options.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { depthOf, MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('dispatcher');

/** Runs of a task that ends when the spec says so. */
class Runs {
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly finish: ((value: unknown) => void)[] = [];

  readonly handler = (): Promise<unknown> => {
    this.signals.push(currentTask()?.signal);
    return new Promise((resolve, reject) => {
      this.finish.push((value) => (value instanceof Error ? reject(value) : resolve(value)));
    });
  };

  started(count: number): Promise<unknown> {
    return waitUntil(`${count} runs have started`, () => this.finish.length >= count);
  }
}

/** The connection is cut: the broker has every message again that was not settled, and the consumer hears of it. */
function cuttable(app: CeleryApp): () => Promise<void> {
  const open = app.broker.openSession.bind(app.broker);
  let cut = async (): Promise<void> => {};
  app.broker.openSession = async (handlers, options) => {
    const session = await open(handlers, options);
    cut = async () => {
      handlers.onLost(new Error('cut'));
      await session.close();
    };
    return session;
  };
  return () => cut();
}

async function running(options: TaskOptions, settings: CeleryOptions = {}) {
  const app = workers.app({ workerEnableRemoteControl: false, ...settings });
  const cut = cuttable(app);
  const runs = new Runs();
  const worker = workers.worker(app, { work: [runs.handler, options] });
  await worker.start();
  const result = await app.sendTask('work');
  await runs.started(1);
  return { app, cut, runs, worker, result };
}

const LATE = { acksLate: true, trackStarted: true };
const EARLY = { trackStarted: true };

describe('A task that is cancelled at a shutdown', () => {
  it('goes back to its queue with late acks, and what it still returns counts for nothing', async () => {
    const { app, runs, worker, result } = await running(LATE);
    await worker.stop(new Date());
    expect(runs.signals[0]?.reason).toMatchObject({ code: 'TASK_REVOKED', message: 'cancelled by Celery' });
    expect(await depthOf(app)).toBe(1);
    expect(await result.state()).toBe('STARTED');

    const other = new Runs();
    await workers.worker(app, { work: [other.handler, LATE] }).start();
    await other.started(1);
    runs.finish[0]?.(new Error('too late'));
    other.finish[0]?.('of the other');
    expect(await result.get({ timeout: 5 })).toBe('of the other');
    expect(await depthOf(app)).toBe(0);
  });

  it('is stored as RETRY with an early ack, though nothing sends it again, and its hooks and signals hear of it', async () => {
    const heard: string[] = [];
    const onRetry = (reason: unknown) => void heard.push(`onRetry ${(reason as Error).message}`);
    const { app, worker, result } = await running({ ...EARLY, onRetry });
    app.signals.connect('task_retry', ({ sender }) => void heard.push(`task_retry ${sender}`));
    await worker.stop(new Date());
    expect(heard).toEqual(['onRetry cancelled by Celery', 'task_retry work']);
    expect(await result.state()).toBe('RETRY');
    expect(await result.result()).toMatchObject({ excType: 'Retry', message: 'cancelled by Celery' });
    expect(await depthOf(app)).toBe(0);
  });

  it('is acknowledged, and not cancelled, when its outcome is on the way to be stored', async () => {
    const { app, runs, worker, result } = await running(LATE);
    let store: () => void = () => {};
    const gate = new Promise<void>((resolve) => (store = resolve));
    const backend = app.backend as ResultBackend;
    const write = backend.storeResult.bind(backend);
    let asked = false;
    backend.storeResult = async (...args) => {
      asked = true;
      await gate;
      return write(...args);
    };
    runs.finish[0]?.('done');
    await waitUntil('its result is to be stored', () => asked);
    const stopped = worker.stop(new Date());
    await waitUntil('the deadline has passed', () =>
      workers.lines.some((line) => line.startsWith('Cancelling 1 task')),
    );
    store();
    await stopped;
    expect(await result.state()).toBe('SUCCESS');
    expect(await depthOf(app)).toBe(0);
  });

  it('does not count as lost with its worker', async () => {
    const app = workers.app({ workerEnableRemoteControl: false });
    const counted = new Map<string, number>();
    const attempts = {
      begin: async (id: string) => {
        const before = counted.get(id) ?? 0;
        counted.set(id, before + 1);
        return before;
      },
      end: async (id: string) => void counted.delete(id),
    };
    Object.assign(app.backend as object, { attempts });
    for (let round = 0; round < 5; round++) {
      const runs = new Runs();
      const worker = workers.worker(app, { work: [runs.handler, LATE] });
      await worker.start();
      if (round === 0) await app.sendTask('work');
      await runs.started(1);
      expect(counted.size).toBe(round === 0 ? 0 : 1);
      await worker.stop(new Date());
      expect(counted.size).toBe(0);
    }
    expect(await depthOf(app)).toBe(1);
  });
});

describe('A task whose connection is lost under it', () => {
  it('goes on with an early ack, and its result is stored', async () => {
    const { app, cut, runs, result } = await running(EARLY);
    await cut();
    runs.finish[0]?.('done');
    expect(await result.get({ timeout: 5 })).toBe('done');
    expect(runs.finish).toHaveLength(1);
    expect(await depthOf(app)).toBe(0);
  });

  it('runs when the connection goes between an early ack and its start: the ack may have arrived', async () => {
    const app = workers.app({ workerEnableRemoteControl: false });
    const open = app.broker.openSession.bind(app.broker);
    let lost = 0;
    app.broker.openSession = (handlers, options) =>
      open(
        {
          ...handlers,
          onDelivery: (delivery) => {
            delivery.written = () => new Promise((resolve) => setImmediate(resolve));
            handlers.onDelivery(delivery);
            if (lost++ === 0) handlers.onLost(new Error('cut'));
          },
        },
        options,
      );
    await workers.worker(app, { add: () => 5 }).start();
    expect(await (await app.sendTask('add')).get({ timeout: 5 })).toBe(5);
  });

  it('goes on with late acks, and its success stays, whatever becomes of the run of its redelivery', async () => {
    const { app, cut, runs, result } = await running(LATE);
    await cut();
    await runs.started(2);
    runs.finish[0]?.('first');
    expect(await result.get({ timeout: 5 })).toBe('first');
    runs.finish[1]?.(new Error('second'));
    await waitUntil('the second has ended', () => workers.lines.some((line) => line.includes('raised unexpected')));
    expect(await app.asyncResult(result.id).get({ timeout: 5 })).toBe('first');
    expect(await depthOf(app)).toBe(0);
  });

  it('leaves its failure to the run of its redelivery', async () => {
    const { cut, runs, result } = await running(LATE);
    await cut();
    await runs.started(2);
    runs.finish[0]?.(new Error('of the first'));
    await waitUntil('the first has ended', () => workers.lines.some((line) => line.includes('does not count')));
    expect(await result.state()).toBe('STARTED');
    runs.finish[1]?.('of the second');
    expect(await result.get({ timeout: 5 })).toBe('of the second');
  });

  it('leaves its retry to the run of its redelivery: there would be two of it from then on', async () => {
    const app = workers.app({ workerEnableRemoteControl: false });
    const cut = cuttable(app);
    const go: (() => void)[] = [];
    const work = async () => {
      await new Promise<void>((resolve) => go.push(resolve));
      currentTask()?.retry({ countdown: 0, queue: 'next' });
    };
    await workers.worker(app, { work: [work, LATE] }).start();
    await app.sendTask('work');
    await waitUntil('it runs', () => go.length === 1);
    await cut();
    await waitUntil('its redelivery runs', () => go.length === 2);
    go[0]?.();
    await waitUntil('the first has ended', () => workers.lines.some((line) => line.includes('does not count')));
    go[1]?.();
    await waitUntil('the second has ended', () => workers.lines.some((line) => line.includes('retry: Retry in 0s')));
    expect(await depthOf(app, 'next')).toBe(1);
  });

  it('is cancelled where the settings say so, as RETRY, and runs again', async () => {
    const settings = { workerCancelLongRunningTasksOnConnectionLoss: true };
    const { app, cut, runs, result } = await running({ acksLate: true }, settings);
    await cut();
    expect(runs.signals[0]?.aborted).toBe(true);
    await waitUntil('RETRY is stored', async () => (await result.state()) === 'RETRY');
    expect(workers.lines.find((line) => line.includes('cannot be acknowledged after a connection loss'))).toBeDefined();
    await runs.started(2);
    runs.finish[1]?.('again');
    expect(await result.get({ timeout: 5 })).toBe('again');
    expect(await depthOf(app)).toBe(0);
  });

  it('with an early ack is left alone there', async () => {
    const { cut, runs, result } = await running(EARLY, { workerCancelLongRunningTasksOnConnectionLoss: true });
    await cut();
    expect(runs.signals[0]?.aborted).toBe(false);
    runs.finish[0]?.('done');
    expect(await result.get({ timeout: 5 })).toBe('done');
  });
});

/** Its broker stops to deliver when the test says so. */
function slowlyPaused(app: CeleryApp) {
  const open = app.broker.openSession.bind(app.broker);
  const asked: (() => void)[] = [];
  let patient = true;
  const deliveries: (string | undefined)[] = [];
  app.broker.openSession = async (handlers, options) => {
    const onDelivery: typeof handlers.onDelivery = (delivery) => {
      deliveries.push(delivery.message.properties.correlationId);
      handlers.onDelivery(delivery);
    };
    const session = await open({ ...handlers, onDelivery }, options);
    const pause = session.pause.bind(session);
    session.pause = async () => {
      if (patient) await new Promise<void>((resolve) => asked.push(resolve));
      await pause();
    };
    return session;
  };
  const answer = () => {
    patient = false;
    for (const go of asked.splice(0)) go();
  };
  const answerFirst = () => asked.shift()?.();
  return { answer, answerFirst, deliveries };
}

describe('A worker that is quiet', () => {
  async function quietened(options: TaskOptions = LATE) {
    const app = workers.app({ workerEnableRemoteControl: false });
    const { answer, deliveries } = slowlyPaused(app);
    const runs = new Runs();
    const worker = workers.worker(app, { work: [runs.handler, options] }, { concurrency: 1 });
    await worker.start();
    const arrived = (count: number) => waitUntil(`${count} have arrived`, () => deliveries.length >= count);
    for (let sent = 0; sent < 3; sent++) await app.sendTask('work', [], sent === 2 ? { countdown: 300 } : {});
    await arrived(3);
    await runs.started(1);
    const quiet = worker.quiet();
    await app.sendTask('work');
    await arrived(4);
    return { app, answer, deliveries, runs, worker, quiet };
  }

  it('gives back what waits, and what still arrives, once: when the broker delivers no more', async () => {
    const { app, answer, deliveries, quiet } = await quietened();
    expect(await depthOf(app)).toBe(0);
    answer();
    await quiet;
    expect(await depthOf(app)).toBe(3);
    expect(new Set(deliveries).size).toBe(deliveries.length);
  });

  it.each([['late', LATE] as const, ['early', EARLY] as const])(
    'starts nothing meanwhile, with %s acks, and waits for the same when it is stopped',
    async (_, options) => {
      const { app, answer, deliveries, runs, worker } = await quietened(options);
      const stopped = worker.stop();
      runs.finish[0]?.('done');
      await waitUntil('it has ended', () => worker.active === 0);
      answer();
      await stopped;
      expect(runs.finish).toHaveLength(1);
      expect(await depthOf(app)).toBe(3);
      expect(deliveries).toHaveLength(4);
    },
  );

  it('gives back, too, what has a slot and waits until the broker knows', async () => {
    const app = workers.app({ workerEnableRemoteControl: false });
    const { answer, answerFirst, deliveries } = slowlyPaused(app);
    const runs = new Runs();
    const worker = workers.worker(app, { work: [runs.handler, EARLY] }, { concurrency: 1, prefetchMultiplier: 1 });
    await worker.start();
    await app.sendTask('work');
    await waitUntil('it has arrived', () => deliveries.length === 1);
    await waitUntil('it has a slot', () => worker.active === 1);
    const quiet = worker.quiet();
    answerFirst();
    await waitUntil('it has no slot any more, or runs', () => worker.active === 0 || runs.finish.length > 0);
    expect(runs.finish).toHaveLength(0);
    answer();
    await quiet;
    expect(await depthOf(app)).toBe(1);
  });

  it('gives everything back with its channel when it may not wait for the broker', async () => {
    const { app, deliveries, worker, answer } = await quietened();
    const stopped = worker.terminate();
    answer();
    await stopped;
    expect(await depthOf(app)).toBe(4);
    expect(deliveries).toHaveLength(4);
  });
});
