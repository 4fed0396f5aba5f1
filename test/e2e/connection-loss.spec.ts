import { currentTask, TaskRegistry } from '@nestjs-celery/core';
import type { AsyncResult, CeleryApp, CeleryOptions, TaskOptions } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { Worker } from '@nestjs-celery/core/worker';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Ledger } from '../support/ledger.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { amqpUrl } from '../support/servers.js';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js';

const ROUNDS = 20;

let database: OwnDatabase;
/** Sends and looks; its connection is not cut. */
let app: CeleryApp;
const workers: Worker[] = [];

beforeAll(async () => {
  database = await createOwnDatabase();
  app = celeryClient(database.url);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(new Date())));
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

function through(proxy: TcpProxy): string {
  const url = new URL(amqpUrl());
  url.host = proxy.address;
  return url.href;
}

type Settings = CeleryOptions & { broker?: string };

/** A worker of this process behind a proxy; its one task ends when the spec says so. */
class Scene {
  readonly queue = ownQueue();
  /** One for each run that has begun, with the id of its task. */
  readonly finish: ((value: string) => void)[] = [];
  readonly ids: (string | undefined)[] = [];
  readonly failed: Error[] = [];
  /** One for each worker. */
  readonly clients: CeleryApp[] = [];

  private constructor(readonly proxy: TcpProxy) {}

  static async with(options: TaskOptions, settings: Settings = {}): Promise<Scene> {
    const scene = new Scene(await startProxy(amqpUrl()));
    await scene.startWorker(options, { broker: through(scene.proxy), ...settings });
    return scene;
  }

  async startWorker(options: TaskOptions, settings: Settings): Promise<void> {
    const client = celeryClient(database.url, { workerEnableRemoteControl: false, ...settings });
    this.clients.push(client);
    const registry = new TaskRegistry();
    const handler = () => {
      this.ids.push(currentTask()?.id);
      return new Promise<string>((resolve) => void this.finish.push(resolve));
    };
    registry.register({ name: 'work', handler, options, source: 'spec' });
    const worker = new Worker({
      app: client,
      registry,
      options: { queues: [this.queue], concurrency: 2, prefetchMultiplier: 2 },
      onFailed: (error) => void this.failed.push(error),
    });
    workers.push(worker);
    await worker.start();
  }

  send(count: number, ignoreResult = false): Promise<AsyncResult<string>[]> {
    const sent = () => app.sendTask<string>('work', [], { queue: this.queue, ignoreResult });
    return Promise.all(Array.from({ length: count }, sent));
  }

  started(count: number): Promise<unknown> {
    return waitUntil(`${count} runs have begun`, () => this.finish.length >= count);
  }

  async waiting(count: number): Promise<void> {
    await waitUntil(`${count} messages wait in the queue`, async () => (await depthOf(app, this.queue)) === count);
  }
}

describe('a worker whose connection is lost', () => {
  it(`has the same prefetch count and the same connections after ${ROUNDS} losses`, async () => {
    const scene = await Scene.with({ acksLate: true }, { workerCancelLongRunningTasksOnConnectionLoss: true });
    const connections = scene.proxy.connections;
    await scene.send(10, true);
    for (let round = 1; round <= ROUNDS; round++) {
      await scene.started(2 * round);
      await scene.waiting(6);
      scene.proxy.cut();
    }
    await scene.started(2 * ROUNDS + 2);
    await scene.waiting(6);
    await scene.send(1, true);
    await scene.waiting(7);
    expect(scene.finish).toHaveLength(2 * ROUNDS + 2);
    await waitUntil('it has its connections again', () => scene.proxy.connections === connections);
  }, 60_000);

  it('goes on with early-ack tasks, stores their results, and runs them once', async () => {
    const scene = await Scene.with({});
    const [result] = await scene.send(1);
    await scene.started(1);
    // the acknowledgement of the first has reached the broker when the second has come: both pass the proxy
    await scene.send(1);
    await scene.started(2);
    scene.proxy.cut();
    await waitUntil('it has lost its connections', () => scene.clients[0]?.broker.status.lastError);
    for (const finish of scene.finish) finish('done');
    expect(await result?.get({ timeout: 20 })).toBe('done');
    const [next] = await scene.send(1);
    await waitUntil('the next one runs', () => scene.ids.includes(next?.taskId ?? ''));
    scene.finish[scene.ids.indexOf(next?.taskId ?? '')]?.('next');
    expect(await next?.get({ timeout: 20 })).toBe('next');
    expect(scene.ids.filter((id) => id === result?.taskId)).toHaveLength(1);
  });

  it('does not stop another worker from skipping what it has finished meanwhile, where that is asked for', async () => {
    const scene = await Scene.with({ acksLate: true });
    const [result] = await scene.send(1);
    await scene.started(1);
    await scene.proxy.close();
    scene.finish[0]?.('done');
    expect(await result?.get({ timeout: 20 })).toBe('done');
    await scene.waiting(1);
    await scene.startWorker({ acksLate: true }, { workerDeduplicateSuccessfulTasks: true });
    await scene.waiting(0);
    const [next] = await scene.send(1);
    await scene.started(2);
    scene.finish[1]?.('next');
    expect(await next?.get({ timeout: 20 })).toBe('next');
    expect(scene.finish).toHaveLength(2);
    expect(await result?.get()).toBe('done');
  });

  it('gives up at once where brokerConnectionRetry is off, and says which setting that was', async () => {
    const scene = await Scene.with({}, { brokerConnectionRetry: false });
    scene.proxy.cut();
    const error = await waitUntil('it gives up', () => scene.failed[0]);
    expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(error.message).toMatch(
      /^Retrying to re-establish a connection .* disabled \(brokerConnectionRetry: false\)/,
    );
  });

  it('does not try again at its start where brokerConnectionRetryOnStartup is off', async () => {
    const proxy = await startProxy(amqpUrl());
    const broker = through(proxy);
    await proxy.close();
    const scene = Scene.with({}, { broker, brokerConnectionRetryOnStartup: false });
    await expect(scene).rejects.toThrow(/^Retrying to establish a connection .* disabled/);
  });

  it('as a process ends with 1 then, and its tasks end first', async () => {
    const proxy = await startProxy(amqpUrl());
    const [queue, ledger] = [ownQueue(), new Ledger()];
    const worker = await startNodeWorker({
      entry: 'faults-worker',
      databaseUrl: database.url,
      amqpUrl: through(proxy),
      queues: [queue],
      settings: { ...ledger.env, CELERY_BROKER_CONNECTION_RETRY: 'false' },
    });
    const result = await app.sendTask<string>('faults.early', ['one', 1000], { queue });
    await waitUntil('it runs', () => ledger.runs().length === 1);
    proxy.cut();
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect(worker.logs()).toContain('Retrying to re-establish a connection to the message broker');
    expect(await result.state()).toBe('SUCCESS');
  });
});
