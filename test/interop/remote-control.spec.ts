import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CeleryApp, ControlReply } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, runPython, startPythonWorker } from '../support/python.js';

type Call = [method: string, options: Record<string, unknown>];

const own = randomBytes(4).toString('hex');
const NODE = `node-${own}@${hostname()}`;
const PYTHON = `python-${own}@${hostname()}`;
const EXCHANGE = `control-${own}`;
const both = { destination: [NODE, PYTHON], reply: true, timeout: 20 };

const queue = ownQueue();
const pythonQueue = ownQueue();
let database: OwnDatabase;
let worker: TestProcess;
let pythonWorker: PythonWorker;
let python: PythonClient;
let app: CeleryApp;
/** Revoked tasks whose eta comes while the other tests run. */
const held = { ours: '', theirs: '' };

/** What Python's `app.control` returns for each call. */
const control = <T = ControlReply[]>(...calls: Call[]) =>
  runPython<T[]>(['control.py', JSON.stringify(calls)], {
    databaseUrl: database.url,
    celery: { control_exchange: EXCHANGE },
  });

const startOurs = (name: string, settings: Record<string, string> = {}, flags: string[] = []) =>
  startNodeWorker({
    databaseUrl: database.url,
    queues: [queue],
    settings: { CELERY_CONTROL_EXCHANGE: EXCHANGE, ...settings },
    flags: ['-n', name, ...flags],
  });

const byNode = (replies: readonly ControlReply[]) => Object.assign({}, ...replies) as Record<string, unknown>;

describe('remote control', () => {
  beforeAll(async () => {
    database = await createOwnDatabase();
    await migratePython({ databaseUrl: database.url });
    const celery = { control_exchange: EXCHANGE };
    const theirs = { databaseUrl: database.url, queues: [pythonQueue], name: `python-${own}`, celery };
    [worker, pythonWorker] = await Promise.all([
      startOurs(NODE),
      startPythonWorker({ ...theirs, pool: 'prefork', concurrency: 2 }),
    ]);
    python = new PythonClient({ databaseUrl: database.url });
    app = celeryClient(database.url, { controlExchange: EXCHANGE });
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    const exit = await worker?.stop();
    await pythonWorker?.stop();
    await database?.drop();
    expect(exit).toEqual({ code: 0, signal: null });
  });

  describe('workers of both kinds on one broker', () => {
    /** Commands that change nothing that another test needs; the task has a name in either worker. */
    const calls: [string, Record<string, unknown>][] = [
      ['ping', {}],
      ['revoke', { task_id: 'nobody' }],
      ['revoke', { task_id: [] }],
      ['revoke', { task_id: ['nobody'], terminate: true }],
      ['revoke', { task_id: 'nobody', terminate: true, signal: 'NOPE' }],
      ['terminate', { task_id: 'nobody', signal: 'KILL' }],
      ['rate_limit', { task_name: 'celery.backend_cleanup', rate_limit: '10/m' }],
      ['rate_limit', { task_name: 'celery.backend_cleanup', rate_limit: 5 }],
      ['rate_limit', { task_name: 'celery.backend_cleanup', rate_limit: 0 }],
      ['rate_limit', { task_name: 'no.such.task', rate_limit: 1 }],
      ['rate_limit', { task_name: 'celery.backend_cleanup', rate_limit: "ten's" }],
      ['time_limit', { task_name: 'celery.backend_cleanup', hard: 60, soft: 50 }],
      ['time_limit', { task_name: 'celery.backend_cleanup', hard: null, soft: null }],
      ['time_limit', { task_name: 'no.such.task', hard: 60 }],
      ['no_such_command', { "it's": 1 }],
    ];

    it.each(calls)('answer alike to %s %j', async (method, args) => {
      const replies = byNode(await app.control.broadcast(method, args, both));
      expect(Object.keys(replies).sort()).toEqual([NODE, PYTHON].sort());
      expect(replies[NODE]).toEqual(replies[PYTHON]);
    });

    it('answer a Python client alike', async () => {
      const task = { task_name: 'celery.backend_cleanup', ...both };
      const answers = await control(
        ['ping', { destination: both.destination, timeout: 20 }],
        ['ping', { pattern: `*-${own}@*`, matcher: 'glob', limit: 2, timeout: 20 }],
        ['ping', { pattern: `(node|python)-${own}`, matcher: 'pcre', limit: 2, timeout: 20 }],
        ['ping', { limit: 2, timeout: 20 }],
        ['revoke', { task_id: 'nobody', ...both }],
        ['terminate', { task_id: ['nobody'], ...both }],
        ['rate_limit', { rate_limit: '10/m', ...task }],
        ['rate_limit', { rate_limit: '0', ...task }],
        ['time_limit', { soft: 1, hard: 2, ...task }],
        ['time_limit', { ...task }],
      );
      for (const replies of answers.map(byNode)) {
        expect(Object.keys(replies).sort()).toEqual([NODE, PYTHON].sort());
        expect(replies[NODE]).toEqual(replies[PYTHON]);
      }
      expect(byNode(answers[0] ?? [])[NODE]).toEqual({ ok: 'pong' });
    });

    it('are found by our ping, all or by pattern, as a list of one answer each', async () => {
      const everybody = await app.control.ping({ limit: 2, timeout: 20 });
      expect(everybody).toHaveLength(2);
      expect(byNode(everybody)).toEqual({ [NODE]: { ok: 'pong' }, [PYTHON]: { ok: 'pong' } });
      const pattern = { pattern: `python-*`, limit: 1, timeout: 20 };
      expect(await app.control.ping(pattern)).toEqual([{ [PYTHON]: { ok: 'pong' } }]);
      expect(await app.control.ping({ destination: ['nobody@nowhere'], timeout: 0.1 })).toEqual([]);
    });
  });

  describe('a Python client and our worker', () => {
    it('revoke a task that waits for its eta', async () => {
      const result = await app.sendTask('node.add', [1, 1], { queue, countdown: 20 });
      const { id } = result;
      await worker.waitForLog(`node.add[${id}] received`);
      const [answer] = await control(['revoke', { task_id: id, ...both, destination: [NODE] }]);
      expect(answer).toEqual([{ [NODE]: { ok: `tasks {'${id}'} flagged as revoked` } }]);
      expect(await result.state()).toBe('REVOKED');
      held.ours = id;
    });

    it('terminate a task that runs', async () => {
      const result = await app.sendTask('node.pause', [600_000], { queue });
      const { id } = result;
      await waitUntil('it runs', async () => (await result.state()) === 'STARTED', { timeout: 20_000 });
      const [answer] = await control(['terminate', { task_id: id, signal: 'KILL', ...both, destination: [NODE] }]);
      expect(answer).toEqual([{ [NODE]: { ok: `terminate: ${id}` } }]);
      const revoked = { class: 'TaskRevokedError', module: 'celery.exceptions', args: ['terminated'] };
      expect(await python.result(id, 20)).toMatchObject({ state: 'REVOKED', raised: revoked });
    });

    it('change rate limit and time limit of a task', async () => {
      const task = { ...both, destination: [NODE] };
      await control(
        ['rate_limit', { task_name: 'node.echo', rate_limit: '1/h', ...task }],
        ['time_limit', { task_name: 'node.pause', hard: 0.2, ...task }],
      );
      const send = (name: string, args: unknown[]) => app.sendTask(name, args, { queue });
      const [first, second] = [await send('node.echo', [1]), await send('node.echo', [2])];
      const paused = await send('node.pause', [600_000]);
      await expect(paused.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TIME_LIMIT_EXCEEDED' });
      expect(await first.get({ timeout: 20 })).toEqual([1]);
      expect(await second.state()).toBe('PENDING');
      await app.control.rateLimit('node.echo', 0, task);
      await app.control.timeLimit('node.pause', {}, task);
      expect(await second.get({ timeout: 20 })).toEqual([2]);
    });
  });

  describe('our client and a Python worker', () => {
    it('revoke a task that waits for its eta', async () => {
      const result = await app.sendTask('interop.tasks.add', [1, 1], { queue: pythonQueue, countdown: 20 });
      await pythonWorker.process.waitForLog(`interop.tasks.add[${result.id}] received`);
      const options = { destination: [PYTHON], reply: true, timeout: 20 };
      const replies = await app.control.revoke(result.id, options);
      expect(replies).toEqual([{ [PYTHON]: { ok: `tasks {'${result.id}'} flagged as revoked` } }]);
      await expect(result.get({ timeout: 20 })).rejects.toMatchObject({ message: 'revoked' });
      held.theirs = result.id;
    });

    it('terminate a task that runs, through its result', async () => {
      const result = await app.sendTask('interop.tasks.slow', [600], { queue: pythonQueue });
      await pythonWorker.process.waitForLog(`interop.tasks.slow[${result.id}] received`);
      await result.revoke({ terminate: true, signal: 'SIGKILL', wait: true, timeout: 2 });
      await expect(result.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_REVOKED' });
      await pythonWorker.process.waitForLog(`Terminating ${result.id}`);
    });
  });

  describe('a worker of ours that was down', () => {
    it('honours, from the table, what our client has revoked, and what a worker has heard from another', async () => {
      const elsewhere = ownQueue();
      const [ours, theirs, other] = [randomUUID(), randomUUID(), randomUUID()];
      await app.control.revoke(ours, { timeout: 20 });
      await app.control.broadcast('revoke', { task_id: theirs }, { ...both, destination: [NODE] });
      for (const taskId of [ours, theirs, other]) await app.sendTask('node.add', [1, 1], { queue: elsewhere, taskId });
      const late = await startOurs(`late-${own}@%h`, {}, ['-Q', elsewhere]);
      await app.asyncResult(other).get({ timeout: 20 });
      for (const id of [ours, theirs]) {
        await late.waitForLog(`Discarding revoked task: node.add[${id}]`);
        expect(await app.asyncResult(id).state()).toBe('REVOKED');
      }
      await late.stop();
    });

    it('honours, from its state file, what it was told in its life before', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'state-db-'));
      const elsewhere = ownQueue();
      const id = randomUUID();
      const start = () =>
        startOurs(`again-${own}@%h`, { CELERY_RESULT_BACKEND: 'memory://' }, [
          '-Q',
          elsewhere,
          '-S',
          join(folder, '%n.state'),
        ]);
      const before = await start();
      const replies = await app.control.revoke(id, {
        destination: [`again-${own}@${hostname()}`],
        reply: true,
        timeout: 20,
      });
      expect(replies).toHaveLength(1);
      await before.stop();
      await app.sendTask('node.add', [1, 1], { queue: elsewhere, taskId: id });
      const after = await start();
      await after.waitForLog(`Discarding revoked task: node.add[${id}]`);
      await after.stop();
      await rm(folder, { recursive: true });
    });
  });

  it('each worker has discarded what was revoked, when its eta came', async () => {
    await worker.waitForLog(`Discarding revoked task: node.add[${held.ours}]`);
    await pythonWorker.process.waitForLog(`Discarding revoked task: interop.tasks.add[${held.theirs}]`);
  });
});
