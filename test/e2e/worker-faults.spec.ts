import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { Gate } from '../support/gate.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { describeWithServer, startOwnServer } from '../support/own-server.js';
import type { TestProcess } from '../support/processes.js';

/** Servers of this spec's own: it breaks them. */
describeWithServer('rabbitmq')('a worker whose broker or process is killed', () => {
  const queue = 'faults';
  let rabbitmq: Awaited<ReturnType<typeof startOwnServer>>;
  let database: OwnDatabase;
  let app: CeleryApp;

  beforeAll(async () => {
    [rabbitmq, database] = await Promise.all([startOwnServer('rabbitmq'), createOwnDatabase()]);
    app = celeryClient(database.url, { broker: rabbitmq.url });
  }, 120_000);

  afterAll(async () => {
    await app?.close();
    await rabbitmq?.remove();
    await database?.drop();
  });

  const start = () => startNodeWorker({ databaseUrl: database.url, amqpUrl: rabbitmq.url, queues: [queue] });
  const send = <R>(task: string, args: unknown[]): Promise<AsyncResult<R>> => app.sendTask<R>(task, args, { queue });
  const started = (results: AsyncResult[]) =>
    waitUntil('every task has started', async () =>
      (await Promise.all(results.map((result) => result.state()))).every((state) => state === 'STARTED'),
    );

  /** Tasks that run until they are let go, and the way to do that. */
  const hold = async (count: number) => {
    const gate = new Gate();
    const results = await Promise.all(Array.from({ length: count }, () => send<number>('node.until', [gate.file])));
    return { results, letGo: () => gate.open() };
  };

  it('comes back by itself when the broker does', async () => {
    const worker = await start();
    expect(await (await send<number>('node.add', [1, 2])).get({ timeout: 20 })).toBe(3);
    await rabbitmq.crash();
    await worker.waitForLog('Connection to broker lost. Trying to re-establish the connection');
    await rabbitmq.start();
    await worker.waitForLog(/re-establish[\s\S]*Connected to/);
    expect(await (await send<number>('node.add', [3, 4])).get({ timeout: 20 })).toBe(7);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  }, 120_000);

  it('waits for a broker that is not there yet, and never shows the password', async () => {
    await rabbitmq.crash();
    const waiting = startNodeWorker({
      databaseUrl: database.url,
      amqpUrl: rabbitmq.url,
      queues: [queue],
    });
    await rabbitmq.start();
    const worker = await waiting;
    expect(worker.logs()).not.toContain('guest:guest@');
    await worker.stop();
  }, 120_000);

  it('loses no late-ack task when it is killed: another worker runs what it had', async () => {
    const first = await start();
    const { results, letGo } = await hold(20);
    await started(results);
    const second = await start();
    await first.kill();
    letGo();
    const pids = await Promise.all(results.map((result) => result.get({ timeout: 30 })));
    expect(pids).toEqual(Array.from({ length: 20 }, () => second.pid));
    await second.stop();
  }, 120_000);

  it('runs an early-ack task that kills its worker once, not again and again', async () => {
    const worker = await start();
    await send('node.crash', []);
    expect((await worker.exit).signal).toBe('SIGKILL');
    await waitUntil('the broker has noticed', async () => (await app.broker.admin?.depth(queue))?.consumers === 0);
    expect(await app.broker.admin?.depth(queue)).toEqual({ messages: 0, consumers: 0 });
  }, 120_000);

  it('stops cleanly while the broker is away', async () => {
    const worker = await start();
    await rabbitmq.crash();
    await worker.waitForLog('Trying again in');
    expect(await worker.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    await rabbitmq.start();
  }, 120_000);

  it('ends a warm shutdown with every task finished, and nothing left in the queue', async () => {
    const worker: TestProcess = await start();
    const { results, letGo } = await hold(20);
    await started(results);
    worker.signal('SIGTERM');
    await worker.waitForLog('Warm shutdown');
    letGo();
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(await Promise.all(results.map((result) => result.state()))).toEqual(
      Array.from({ length: 20 }, () => 'SUCCESS'),
    );
    expect(await app.broker.admin?.depth(queue)).toEqual({ messages: 0, consumers: 0 });
  }, 120_000);

  it('gives up at once on SIGQUIT after SIGTERM, and the tasks go back to the queue', async () => {
    const worker = await start();
    const { results } = await hold(5);
    await started(results);
    worker.signal('SIGTERM');
    await worker.waitForLog('Warm shutdown');
    worker.signal('SIGQUIT');
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    await waitUntil('the broker has noticed', async () => (await app.broker.admin?.depth(queue))?.messages === 5);
    await app.broker.admin?.purge(queue);
  }, 120_000);

  it("keeps its channel while a task waits for an eta beyond RabbitMQ's consumer_timeout, where workerEtaHoldLimit is below it", async () => {
    const set =
      'application:set_env(rabbit, channel_tick_interval, 200), application:set_env(rabbit, consumer_timeout,';
    const limits = { kept: '1', 'cut off': '3600' };
    await rabbitmq.tool('rabbitmqctl', 'eval', `${set} 5000).`);
    try {
      const [kept, cutOff] = await Promise.all(
        Object.entries(limits).map(([name, limit]) =>
          startNodeWorker({
            databaseUrl: database.url,
            amqpUrl: rabbitmq.url,
            queues: [name],
            settings: { CELERY_WORKER_ETA_HOLD_LIMIT: limit },
          }),
        ),
      );
      const options = { countdown: 12, queue: 'kept' };
      const result = await app.sendTask<number>('node.add', [1, 2], options);
      await app.sendTask<number>('node.add', [1, 2], { ...options, queue: 'cut off' });
      await cutOff?.waitForLog(/consumer_timeout|delivery acknowledgement on channel \d+ timed out/);
      expect(await result.get({ timeout: 40 })).toBe(3);
      await kept?.waitForLog(`node.add[${result.id}] succeeded`);
      await Promise.all([kept?.stop(), cutOff?.kill()]);
      const logs = kept?.logs() ?? '';
      expect(logs.match(/node\.add\[\S+\] succeeded/g)).toHaveLength(1);
      expect(logs).not.toMatch(/connection to broker lost|timed out|consumer_timeout/i);
    } finally {
      await rabbitmq.tool('rabbitmqctl', 'eval', `${set} 1800000).`);
    }
  }, 120_000);
});
