import { Decimal, PlainDate, PlainTime, RemoteError, Uuid } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, startPythonWorker } from '../support/python.js';

describe('our client sends, a Python worker runs, our AsyncResult reads', () => {
  const queue = ownQueue();
  const nodeQueue = ownQueue();
  let database: OwnDatabase;
  let worker: PythonWorker;
  let nodeWorker: TestProcess;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    await migratePython({ databaseUrl: database.url });
    worker = await startPythonWorker({ databaseUrl: database.url, queues: [queue] });
    nodeWorker = await startNodeWorker({ databaseUrl: database.url, queues: [nodeQueue] });
    app = celeryClient(database.url);
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await worker?.stop();
    await nodeWorker?.stop();
    await database?.drop();
  });

  const send = <R>(task: string, args: unknown[] = [], options = {}) =>
    app.sendTask<R>(`interop.tasks.${task}`, args, { queue, ...options });
  const call = async <R>(task: string, args: unknown[] = [], options = {}) =>
    (await send<R>(task, args, options)).get({ timeout: 20 });

  it('gets the return value', async () => {
    const result = await send<number>('add', [2, 3]);
    expect(await result.get({ timeout: 20 })).toBe(5);
    expect(await result.state()).toBe('SUCCESS');
    expect(await result.successful()).toBe(true);
    expect(await result.dateDone()).toBeInstanceOf(Date);
  });

  it('sends arguments that Python takes for its own types', async () => {
    const seen = await call('describe', [
      'ü ☃ 𝄞',
      1,
      1.5,
      2n ** 60n,
      true,
      null,
      [1, { a: 'b' }],
      new Date('2026-02-28T23:59:58.123Z'),
      new PlainDate('2026-02-28'),
      new PlainTime('07:30:15'),
      new Decimal('1.50'),
      new Uuid('12345678-1234-5678-1234-567812345678'),
      Buffer.from([0, 255]),
    ]);
    expect(seen).toEqual([
      ['str', "'ü ☃ 𝄞'"],
      ['int', '1'],
      ['float', '1.5'],
      ['int', '1152921504606846976'],
      ['bool', 'True'],
      ['NoneType', 'None'],
      ['list', "[1, {'a': 'b'}]"],
      ['datetime', 'datetime.datetime(2026, 2, 28, 23, 59, 58, 123000, tzinfo=datetime.timezone.utc)'],
      ['date', 'datetime.date(2026, 2, 28)'],
      ['time', 'datetime.time(7, 30, 15)'],
      ['Decimal', "Decimal('1.50')"],
      ['UUID', "UUID('12345678-1234-5678-1234-567812345678')"],
      ['bytes', String.raw`b'\x00\xff'`],
    ]);
  });

  it('sends keyword arguments', async () => {
    expect(await call('echo', [1], { kwargs: { name: 'x', nested: { list: [1] } } })).toEqual({
      args: [1],
      kwargs: { name: 'x', nested: { list: [1] } },
    });
  });

  it('reads every type that Python returns', async () => {
    const everything = await call<Record<string, unknown>>('everything');
    expect(everything).toMatchObject({
      text: 'Grüße, 파이썬, 𝄞',
      nested: { list: [1, [2, [3, { four: null }]]], empty: {} },
      tuple: [1, 'two'],
      big: 2n ** 53n + 1n,
      huge: -(2n ** 100n),
    });
    expect(everything['datetime']).toEqual(new Date('2026-02-28T23:59:58.123Z'));
    expect(String(everything['date'])).toBe('2026-02-28');
    expect(String(everything['decimal'])).toBe('123456789.987654321000');
    expect(String(everything['uuid'])).toBe('12345678-1234-5678-1234-567812345678');
    expect(everything['bytes']).toEqual(Buffer.from('\u0000\u00ff\u00febytes', 'latin1'));
    expect(await call('not_finite')).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  it('throws the exception of the task: its class, its message, its arguments', async () => {
    const result = await send('fail', ['unter Umständen ☃']);
    const error = await result.get({ timeout: 20 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ name: 'ValueError', excModule: 'builtins', message: 'unter Umständen ☃' });
    expect(await result.failed()).toBe(true);
    expect(await result.get({ propagate: false })).toMatchObject({ name: 'ValueError' });

    const custom = await (await send('fail_with_data', [7, 'why'])).get({ timeout: 20, propagate: false });
    expect(custom).toMatchObject({ name: 'InteropError', excModule: 'interop.tasks', excArgs: [7, 'why'] });
  });

  it('throws a TypeError for arguments that do not fit the function in Python', async () => {
    await expect(call('add', [1, 2, 3])).rejects.toThrow(TypeError);
  });

  it('throws NotRegistered for a task that the worker does not know', async () => {
    await expect(call('missing')).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
  });

  it('gives Python every field of the message that it knows', async () => {
    const headers = { tenant: 'acme', big: 2n ** 60n, small: 200 };
    const result = await send<Record<string, unknown>>('context', [], {
      headers,
      priority: 5,
      timeLimit: 300,
      softTimeLimit: 240,
    });
    expect(await result.get({ timeout: 20 })).toMatchObject({
      id: result.id,
      root_id: result.id,
      parent_id: null,
      retries: 0,
      timelimit: [300, 240],
      argsrepr: '()',
      kwargsrepr: '{}',
      correlation_id: result.id,
      headers: { tenant: 'acme', big: 2n ** 60n, small: 200 },
      delivery_info: { exchange: '', routing_key: queue, priority: 5, redelivered: false },
    });
  });

  it('delays by a countdown that the Python worker keeps', async () => {
    const before = process.hrtime.bigint();
    expect(await call('add', [1, 1], { countdown: 1 })).toBe(2);
    expect(Number(process.hrtime.bigint() - before)).toBeGreaterThanOrEqual(1e9);
  });

  it('goes both ways in one cluster: each worker takes what is its own', async () => {
    const [python, node] = await Promise.all([
      call<number>('add', [1, 2]),
      app.sendTask<number>('node.add', [3, 4], { queue: nodeQueue }).then((sent) => sent.get({ timeout: 20 })),
    ]);
    expect([python, node]).toEqual([3, 7]);
  });

  it('continues a chain that crosses from Python tasks to ours', async () => {
    const next = {
      task: 'node.add',
      args: [10],
      kwargs: {},
      options: { task_id: `${queue}-2`, queue: nodeQueue },
      subtask_type: null,
      immutable: false,
    };
    await app.publish({ name: 'interop.tasks.add', args: [1, 2], options: { queue }, embed: { chain: [next] } });
    expect(await app.asyncResult(`${queue}-2`).get({ timeout: 20 })).toBe(13);
  });

  it('continues a chain that crosses from our tasks to Python', async () => {
    const next = {
      task: 'interop.tasks.add',
      args: [10],
      kwargs: {},
      options: { task_id: `${queue}-3`, queue },
      subtask_type: null,
      immutable: false,
    };
    await app.publish({ name: 'node.add', args: [1, 2], options: { queue: nodeQueue }, embed: { chain: [next] } });
    expect(await app.asyncResult(`${queue}-3`).get({ timeout: 20 })).toBe(13);
  });
});
