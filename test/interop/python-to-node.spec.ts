import { jest } from '@jest/globals';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { startNodeWorker } from '../support/node-worker.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT } from '../support/python.js';

// each call from Python is a process of its own, which takes its time on a busy machine
jest.setTimeout(60_000);

describe('Python sends, our worker runs, Python reads', () => {
  const queue = ownQueue();
  let database: OwnDatabase;
  let worker: TestProcess;
  let python: PythonClient;

  beforeAll(async () => {
    database = await createOwnDatabase();
    await migratePython({ databaseUrl: database.url });
    worker = await startNodeWorker({ databaseUrl: database.url, queues: [queue] });
    python = new PythonClient({ databaseUrl: database.url });
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    const exit = await worker?.stop();
    await database?.drop();
    expect(exit).toEqual({ code: 0, signal: null });
  });

  const call = (task: string, args: unknown[] = [], kwargs = {}, options = {}) =>
    python.send(`node.${task}`, { args, kwargs, options: { queue, ...options }, wait: 20 });

  it('returns the value, in the row that the Django ORM reads', async () => {
    const sent = await call('add', [2, 3]);
    expect(sent).toMatchObject({ state: 'SUCCESS', result: 5, timed_out: false, children: [] });
    expect(await python.row(sent.task_id)).toMatchObject({
      task_name: 'node.add',
      task_args: '"[2, 3]"',
      task_kwargs: '"{}"',
      status: 'SUCCESS',
      result: '5',
      content_type: 'application/json',
      content_encoding: 'utf-8',
      traceback: null,
      meta: '{"children": []}',
      worker: expect.stringMatching(/^celery@/),
    });
  });

  it('binds keyword arguments', async () => {
    expect(await call('add', [2], { y: 40 })).toMatchObject({ result: 42 });
  });

  it('answers keywords that do not fit with a TypeError, as Python does', async () => {
    const { raised, state } = await call('add', [2], { z: 40 });
    expect(state).toBe('FAILURE');
    expect(raised).toMatchObject({ class: 'TypeError', module: 'builtins' });
    expect(raised?.message).toContain("unexpected keyword argument 'z'");
  });

  it('carries text, numbers and nested data without a change', async () => {
    const args = ['Grüße, 파이썬, 𝄞', 0.1, -0.5, 2 ** 52, true, null, { nested: [[{ deep: [] }]], '': 'empty' }];
    expect((await call('echo', args)).result).toEqual(args);
  });

  it('carries what JSON does not have: dates, decimals, uuids, bytes, big integers', async () => {
    const sent = await python.send('node.echo', {
      args: [
        { __type__: 'datetime', __value__: '2026-02-28T23:59:58.123456+00:00' },
        { __type__: 'date', __value__: '2026-02-28' },
        { __type__: 'time', __value__: '07:30:15.250000' },
        { __type__: 'decimal', __value__: '123456789.987654321000' },
        { __type__: 'uuid', __value__: { hex: '12345678123456781234567812345678' } },
        { __type__: 'bytes', __value__: 'plain' },
        { __type__: 'base64', __value__: 'AP/+Ynl0ZXM=' },
      ],
      options: { queue },
      wait: 20,
    });
    expect(sent.result_repr).toBe(
      '[datetime.datetime(2026, 2, 28, 23, 59, 58, 123456, tzinfo=datetime.timezone.utc), datetime.date(2026, 2, 28), ' +
        "datetime.time(7, 30, 15, 250000), Decimal('123456789.987654321000'), UUID('12345678-1234-5678-1234-567812345678'), " +
        "b'plain', b'\\x00\\xff\\xfebytes']",
    );
  });

  it('raises the class of Python with the message, for an error that Python has', async () => {
    const { raised, traceback } = await call('fail', ['unter Umständen ☃']);
    expect(raised).toMatchObject({ class: 'TypeError', module: 'builtins', args: ['unter Umständen ☃'] });
    expect(traceback).toContain('unter Umständen ☃');
  });

  it('raises the class of the application with its data, for an error that names it', async () => {
    const { raised } = await call('failWithData', [7, 'why']);
    expect(raised).toMatchObject({ class: 'InteropError', module: 'interop.tasks', args: [7, 'why'] });
    expect(raised?.ancestors).toContain('interop.tasks.InteropError');
  });

  it('tells Python about a task that nobody knows', async () => {
    const { raised, state } = await call('missing');
    expect(state).toBe('FAILURE');
    expect(raised).toMatchObject({ class: 'NotRegistered', args: ['node.missing'] });
  });

  it('runs a message of protocol 1', async () => {
    const options = { args: [20, 22], options: { queue }, wait: 20 };
    expect(await python.send('node.add', options, { task_protocol: 1 })).toMatchObject({ result: 42 });
  });

  it('waits for a countdown, and revokes what has expired', async () => {
    const before = process.hrtime.bigint();
    expect(await call('add', [1, 1], {}, { countdown: 1 })).toMatchObject({ result: 2 });
    expect(Number(process.hrtime.bigint() - before)).toBeGreaterThanOrEqual(1e9);
    const late = await call('add', [1, 1], {}, { countdown: 3.5, expires: 3 });
    expect(late).toMatchObject({ state: 'REVOKED' });
    expect(late.exception).toMatchObject({ class: 'TaskRevokedError', args: ['expired'] });
  });

  it('goes on after a body that is broken, and after one that is not a task', async () => {
    await python.raw({ queue, body: '{not json', headers: { task: 'node.add', id: 'broken' } });
    await worker.waitForLog(/node\.add\[broken\].*discarded/);
    await python.raw({ queue, body: '"hello"' });
    await worker.waitForLog(/A message on queue .* was discarded/);
    await python.raw({
      queue,
      body: 'gASVBQ==',
      contentType: 'application/x-python-serialize',
      headers: { task: 'node.add', id: 'p' },
    });
    await worker.waitForLog(/node\.add\[p\].*discarded.*pickle|node\.add\[p\].*python-serialize/);
    expect(await call('add', [1, 2])).toMatchObject({ result: 3 });
  });

  it('survives headers of every integer size', async () => {
    const headers = { small: 200, short: 32_768, big: 2 ** 31, epoch: 1_795_216_584_120, neg: -1 };
    const stamps = { stamped_headers: ['at'], at: 1_795_216_584_120 };
    expect(await call('add', [1, 2], {}, { headers, ...stamps })).toMatchObject({ result: 3 });
  });

  it('stores STARTED with late acks, and the end after it', async () => {
    const sent = await call('late');
    expect(sent).toMatchObject({ state: 'SUCCESS', result: sent.task_id });
    expect((await python.row(sent.task_id))?.['date_started']).not.toBeNull();
  });

  it('stores nothing when the result is ignored by the sender', async () => {
    const sent = await python.send('node.add', { args: [1, 2], options: { queue, ignore_result: true } });
    await call('add', [0, 0]);
    expect(await python.row(sent.task_id)).toBeNull();
  });
});
