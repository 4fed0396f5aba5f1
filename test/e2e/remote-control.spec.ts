import { randomBytes } from 'node:crypto';
import { amqp } from '@nestjs-celery/amqp';
import { CeleryApp, compileConfig, systemClock, TaskRegistry } from '@nestjs-celery/core';
import type { CeleryOptions, TaskHandler } from '@nestjs-celery/core';
import { memoryResultBackend } from '@nestjs-celery/core/memory';
import { waitUntil } from '@nestjs-celery/core/testing';
import { Worker } from '@nestjs-celery/core/worker';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { amqpUrl } from '../support/servers.js';
import { startProxy } from '../support/tcp-proxy.js';

const stops: (() => Promise<void>)[] = [];
let lines: string[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  lines = [];
});

const own = randomBytes(4).toString('hex');
const say = (line: string) => void lines.push(line);
const said = (text: string) => lines.some((line) => line.includes(text));
const logger = { debug: say, log: say, warn: say, error: say };

/** An app of its own, with results and revoked ids in memory. */
function makeApp(options: CeleryOptions = {}, url = amqpUrl()): CeleryApp {
  const config = compileConfig({ controlExchange: `control-${own}`, ...options });
  const deps = { config, clock: systemClock, logger, resolve: () => undefined };
  const backend = memoryResultBackend(`memory://remote-control-${own}`)(deps);
  const app = new CeleryApp({ config, broker: amqp(url)(deps), backend, logger });
  stops.push(() => app.close());
  return app;
}

async function startWorker(app: CeleryApp, hostname: string, tasks: Record<string, TaskHandler> = {}): Promise<Worker> {
  const registry = new TaskRegistry();
  for (const [name, handler] of Object.entries(tasks)) registry.register({ name, handler, options: {}, source: name });
  const worker = new Worker({
    app,
    registry,
    options: { hostname, loglevel: 'INFO', queues: [app.config.taskDefaultQueue] },
  });
  stops.push(() => worker.stop(new Date()));
  await worker.start();
  return worker;
}

const pong = (node: string) => [{ [node]: { ok: 'pong' } }];

describe('remote control over RabbitMQ', () => {
  it('comes back with the connection, and the worker hears of what was revoked meanwhile', async () => {
    const node = `lost-${own}@host`;
    const proxy = await startProxy(amqpUrl());
    const queue = ownQueue();
    const url = new URL(amqpUrl());
    url.host = proxy.address;
    const app = makeApp({ taskDefaultQueue: queue }, url.href);
    const client = makeApp({ taskDefaultQueue: queue });
    await startWorker(app, node, { add: () => 1 });
    expect(await client.control.ping({ destination: [node], timeout: 20 })).toEqual(pong(node));
    // as another worker writes it, when this one does not hear
    await client
      .connectBackend()
      .then((backend) => backend.revocations?.add(['revoked'], new Date(Date.now() + 60_000)));
    proxy.cut();
    const connected = () => lines.filter((line) => line.startsWith('Connected to')).length;
    await waitUntil('the worker is back', () => connected() === 2, { timeout: 20_000 });
    await client.sendTask('add', [], { taskId: 'revoked' });
    await waitUntil('it is discarded', () => said('Discarding revoked task: add[revoked]'));
    await waitUntil('it answers', async () => {
      const replies = await client.control.ping({ destination: [node], timeout: 0.5 });
      return replies.length === 1;
    });
    await waitUntil('it says so', () => said('Remote control works again'));
  });

  it('leaves the mailbox to the first worker of a name; the second runs tasks, and hears when the first has gone', async () => {
    const node = `twice-${own}@host`;
    const queue = ownQueue();
    const [first, second] = [makeApp(), makeApp({ taskDefaultQueue: queue })];
    const worker = await startWorker(first, node);
    await startWorker(second, node, { add: () => 3 });
    expect(said(`A node named ${node} is already using this process mailbox!`)).toBe(true);
    expect(await (await second.sendTask('add')).get({ timeout: 20 })).toBe(3);
    await worker.stop();
    await waitUntil('the second has the mailbox', () => said('Remote control works again'), { timeout: 20_000 });
    expect(await first.control.ping({ destination: [node], timeout: 20 })).toEqual(pong(node));
  });

  it('answers a question whose asker has gone, without harm', async () => {
    const node = `gone-${own}@host`;
    const app = makeApp();
    await startWorker(app, node);
    await app.control.ping({ destination: [node], timeout: 0.001 });
    expect(await app.control.ping({ destination: [node], timeout: 20 })).toEqual(pong(node));
  });

  it('goes on when its answer is asked for in an exchange that does not exist', async () => {
    const node = `other-${own}@host`;
    const app = makeApp({ taskDefaultQueue: ownQueue() });
    await startWorker(app, node);
    const reply = { ticket: 'ticket', reply_to: { exchange: 'amq.none', routing_key: 'x' } };
    const body = Buffer.from(JSON.stringify({ method: 'ping', destination: [node], ...reply }));
    const message = { body, headers: {}, properties: { contentType: 'application/json' } };
    const route = { exchange: `control-${own}.pidbox`, routingKey: '' };
    await app.broker.publish(message, route, { confirm: true, mandatory: false, timeout: 5000 });
    await waitUntil('it is told', () => said('Control command error'));
    expect(await app.control.ping({ destination: [node], timeout: 20 })).toEqual(pong(node));
  });
});

describe('revoke with terminate and a pool of processes', () => {
  it('ends a task that blocks its process, and the next one finds another', async () => {
    const database = await createOwnDatabase();
    const queue = ownQueue();
    const node = `pool-${own}@host`;
    const settings = { CELERY_CONTROL_EXCHANGE: `control-${own}` };
    const worker = await startNodeWorker({
      entry: 'pool-worker',
      databaseUrl: database.url,
      queues: [queue],
      settings,
      flags: ['-n', node, '-P', 'process', '-c', '1'],
    });
    const app = celeryClient(database.url, {
      controlExchange: settings.CELERY_CONTROL_EXCHANGE,
      taskDefaultQueue: queue,
    });
    const spinning = await app.sendTask('pool.spin', [null]);
    await waitUntil('it runs', async () => (await spinning.state()) === 'STARTED', { timeout: 20_000 });
    const replies = await app.control.revoke(spinning.id, {
      terminate: true,
      destination: [node],
      reply: true,
      timeout: 20,
    });
    expect(replies).toEqual([{ [node]: { ok: `terminate: ${spinning.id}` } }]);
    await expect(spinning.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_REVOKED', message: 'terminated' });
    expect(await (await app.sendTask('pool.spin', [1])).get({ timeout: 20 })).toEqual(expect.any(Number));
    await worker.stop();
    await database.drop();
  }, 60_000);
});
