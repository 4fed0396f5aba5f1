import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Gate } from '../support/gate.js';
import { Ledger } from '../support/ledger.js';
import { moment } from '../support/moment.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';

const FOREVER = 60_000;

let database: OwnDatabase;
let app: CeleryApp;

beforeAll(async () => {
  database = await createOwnDatabase();
  app = celeryClient(database.url);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A worker process, its queue, and what its tasks have noted. */
class Scene {
  readonly queue = ownQueue();
  readonly ledger = new Ledger();
  #sent = 0;

  private constructor(readonly start: () => Promise<TestProcess>) {}

  static async with(settings: Record<string, string> = {}, concurrency = 4): Promise<[Scene, TestProcess]> {
    const scene: Scene = new Scene(() =>
      startNodeWorker({
        entry: 'faults-worker',
        databaseUrl: database.url,
        queues: [scene.queue],
        settings: { ...scene.ledger.env, ...settings },
        flags: ['-c', String(concurrency)],
      }),
    );
    return [scene, await scene.start()];
  }

  /** @param until milliseconds, or the file that it waits for */
  async send(task: 'early' | 'late', until: number | string): Promise<AsyncResult<string>> {
    const label = `${task}-${++this.#sent}`;
    this.ledger.sent(label);
    return app.sendTask<string>(`faults.${task}`, [label, until], { queue: this.queue });
  }

  async sendMany(count: number, task: 'early' | 'late', until: number | string): Promise<AsyncResult<string>[]> {
    return Promise.all(Array.from({ length: count }, () => this.send(task, until)));
  }

  started(count: number): Promise<unknown> {
    return waitUntil(`${count} tasks have started`, () => this.ledger.runs().length >= count);
  }

  /** STARTED is stored beside the task, and may come later than its first line in the ledger. */
  stored(result: AsyncResult, state: string): Promise<unknown> {
    return waitUntil(`the state is ${state}`, async () => (await result.state()) === state);
  }

  /** How many messages wait in the queue, once the broker has noticed that the worker has gone. */
  async left(): Promise<number | undefined> {
    const depth = () => app.broker.admin?.depth(this.queue);
    await waitUntil('the broker has noticed', async () => (await depth())?.consumers === 0);
    return depthOf(app, this.queue);
  }
}

const states = (results: readonly AsyncResult[]) => Promise.all(results.map((result) => result.state()));
const EXIT_0 = { code: 0, signal: null };
const EXIT_1 = { code: 1, signal: null };

describe('a warm shutdown', () => {
  it('finishes and acknowledges what runs, however long the heartbeats must go on, and gives the rest back', async () => {
    const [scene, worker] = await Scene.with({ CELERY_BROKER_HEARTBEAT: '2' });
    const gate = new Gate();
    const [early, late] = [await scene.sendMany(2, 'early', gate.file), await scene.sendMany(2, 'late', gate.file)];
    const running = [...early, ...late];

    await scene.started(4);
    const waiting = [...(await scene.sendMany(3, 'early', 1)), ...(await scene.sendMany(3, 'late', 1))];
    worker.signal('SIGTERM');
    await worker.waitForLog('worker: Warm shutdown (MainProcess)');
    // a broker that hears nothing for three heartbeats has given the worker up
    await moment(6_500);
    gate.open();
    expect(await worker.exit).toEqual(EXIT_0);
    expect(await states(running)).toEqual(running.map(() => 'SUCCESS'));
    expect(await states(waiting)).toEqual(waiting.map(() => 'PENDING'));
    expect(await scene.left()).toBe(6);
    expect(scene.ledger.runs()).toHaveLength(4);
  });

  it('cancels at workerShutdownTimeout what still runs: late acks go back to the queue, early ones are RETRY', async () => {
    const [scene, worker] = await Scene.with({ CELERY_WORKER_SHUTDOWN_TIMEOUT: '2' });
    const [early, late, short] = await Promise.all([
      scene.send('early', FOREVER),
      scene.send('late', FOREVER),
      scene.send('late', 100),
    ]);
    await scene.started(3);
    await scene.stored(late, 'STARTED');
    expect(await worker.stop('SIGTERM')).toEqual(EXIT_0);
    expect(worker.logs()).toContain('Cancelling 2 task(s) that still run');
    expect(await states([early, late, short])).toEqual(['RETRY', 'STARTED', 'SUCCESS']);
    expect(await scene.left()).toBe(1);
  });

  it('by Ctrl-C exits with 1, and warns of a second one', async () => {
    const [scene, worker] = await Scene.with();
    const [result] = await scene.sendMany(1, 'late', 500);
    await scene.started(1);
    expect(await worker.stop('SIGINT')).toEqual(EXIT_1);
    expect(worker.logs()).toMatch(/Hitting Ctrl\+C again will initiate cold shutdown[\s\S]*Warm shutdown/);
    expect(await result?.state()).toBe('SUCCESS');
    expect(await scene.left()).toBe(0);
  });
});

describe('a cold shutdown', () => {
  it('cancels at once what runs, and another worker runs it with late acks', async () => {
    const [scene, worker] = await Scene.with();
    const [early, late] = await Promise.all([scene.send('early', FOREVER), scene.send('late', FOREVER)]);
    await scene.started(2);
    await scene.stored(late, 'STARTED');
    expect(await worker.stop('SIGQUIT', 10_000)).toEqual(EXIT_1);
    expect(worker.logs()).toContain('worker: Cold shutdown (MainProcess)');
    expect(await states([early, late])).toEqual(['RETRY', 'STARTED']);
    expect(await scene.left()).toBe(1);
    const other = await scene.start();
    await scene.started(3);
    expect(scene.ledger.verdict()).toMatchObject({ duplicated: [scene.ledger.runs()[2]?.label], unexpected: [] });
    expect(scene.ledger.runs()[2]).toMatchObject({ label: expect.stringContaining('late'), pid: other.pid });
    await other.kill();
  });

  it('comes with the second Ctrl-C, and with SIGTERM where REMAP_SIGTERM is SIGQUIT', async () => {
    const ways: [Record<string, string>, (worker: TestProcess) => Promise<unknown>][] = [
      [{}, (worker) => interruptTwice(worker)],
      [{ REMAP_SIGTERM: 'SIGQUIT' }, async (worker) => worker.signal('SIGTERM')],
    ];
    const exits = ways.map(async ([settings, end]) => {
      const [scene, worker] = await Scene.with(settings);
      await scene.send('late', FOREVER);
      await scene.started(1);
      await end(worker);
      const exit = await worker.exit;
      expect(worker.logs()).toContain('Cold shutdown');
      expect(await scene.left()).toBe(1);
      return exit;
    });
    expect(await Promise.all(exits)).toEqual([EXIT_1, EXIT_1]);
  });

  it('is soft at first where it may be: short tasks end, the others are cancelled', async () => {
    const [scene, worker] = await Scene.with({ CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT: '2' });
    const [short, late, early] = await Promise.all([
      scene.send('late', 500),
      scene.send('late', FOREVER),
      scene.send('early', FOREVER),
    ]);
    await scene.started(3);
    await scene.stored(late, 'STARTED');
    expect(await worker.stop('SIGQUIT')).toEqual(EXIT_1);
    expect(worker.logs()).toContain('Initiating Soft Shutdown, terminating in 2 seconds');
    expect(await states([short, late, early])).toEqual(['SUCCESS', 'STARTED', 'RETRY']);
    expect(await scene.left()).toBe(1);
  });

  it('ends its soft part with the next signal', async () => {
    const [scene, worker] = await Scene.with({ CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT: '60' });
    await scene.send('late', FOREVER);
    await scene.started(1);
    worker.signal('SIGQUIT');
    await worker.waitForLog('Initiating Soft Shutdown');
    expect(await worker.stop('SIGINT')).toEqual(EXIT_1);
    expect(worker.logs()).toContain('Waiting gracefully for cold shutdown to complete...');
    expect(await scene.left()).toBe(1);
  });
});

it('a hard shutdown ends a worker whose application does not end by itself', async () => {
  const [, worker] = await Scene.with({ FAULTS_HANG: '1' });
  worker.signal('SIGQUIT');
  await worker.waitForLog('the application hangs');
  expect(await worker.stop('SIGINT')).toEqual(EXIT_1);
  expect(worker.logs()).toContain('worker: Hard shutdown (MainProcess)');
});

/** The same signal within 200 ms would count as one. */
async function interruptTwice(worker: TestProcess): Promise<void> {
  worker.signal('SIGINT');
  await worker.waitForLog('Warm shutdown');
  const first = performance.now();
  await waitUntil('it is no echo any more', () => performance.now() - first > 250);
  worker.signal('SIGINT');
}
