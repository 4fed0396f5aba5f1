import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { PythonClient } from '../support/python-client.js';
import {
  migratePython,
  PYTHON_TIMEOUT,
  pythonCelery,
  type PythonWorker,
  startPythonWorker,
} from '../support/python.js';

/** The other side of the interop suite must be right before it may judge ours: here Python talks to Python. */
describe('Python Celery, the judge', () => {
  const queue = ownQueue();
  let database: OwnDatabase;
  let worker: PythonWorker;
  let client: PythonClient;

  beforeAll(async () => {
    database = await createOwnDatabase();
    const settings = { databaseUrl: database.url };
    await migratePython(settings);
    worker = await startPythonWorker({ ...settings, queues: [queue] });
    client = new PythonClient(settings);
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await worker?.stop();
    await database?.drop();
  });

  const call = (task: string, args: unknown[] = [], kwargs = {}) =>
    client.send(`interop.tasks.${task}`, { args, kwargs, options: { queue }, wait: 20 });

  it('is a Celery whose version is known', async () => {
    expect((await pythonCelery()).celeryVersion).toMatch(/^5\.\d+/);
  });

  it('runs a task that its client has sent, and stores the row that its ORM reads', async () => {
    const sent = await call('add', [2, 3]);
    expect(sent).toMatchObject({ state: 'SUCCESS', result: 5, timed_out: false, raised: null });
    expect(await client.row(sent.task_id)).toMatchObject({
      task_id: sent.task_id,
      task_name: 'interop.tasks.add',
      status: 'SUCCESS',
      result: '5',
      content_type: 'application/json',
    });
  });

  it('reads a result again by its id', async () => {
    const { task_id } = await call('echo', ['ü', 1.5], { nested: { list: [null] } });
    expect(await client.result(task_id)).toMatchObject({
      state: 'SUCCESS',
      result: { args: ['ü', 1.5], kwargs: { nested: { list: [null] } } },
    });
  });

  it('says PENDING, and that it has waited, for a task that nobody knows', async () => {
    expect(await client.result('00000000-0000-0000-0000-000000000000', 0.1)).toMatchObject({
      state: 'PENDING',
      timed_out: true,
    });
  });

  it('has no row for a task that nobody knows', async () => {
    expect(await client.row('00000000-0000-0000-0000-000000000000')).toBeNull();
  });

  it('raises the exception of a failed task, of the real class and with its data', async () => {
    const failed = await call('fail', ['unter Umständen ☃ 𝄞']);
    expect(failed.state).toBe('FAILURE');
    expect(failed.raised).toMatchObject({ class: 'ValueError', module: 'builtins', args: ['unter Umständen ☃ 𝄞'] });
    expect(failed.traceback).toContain('ValueError: unter Umständen ☃ 𝄞');

    const { raised } = await call('fail_with_data', [7, 'why']);
    expect(raised).toMatchObject({ module: 'interop.tasks', class: 'InteropError', args: [7, 'why'] });
    expect(raised?.ancestors).toContain('builtins.Exception');
  });

  it('takes and gives every type that its JSON knows', async () => {
    const decimal = { __type__: 'decimal', __value__: '1.50' };
    const described = await call('describe', [decimal, 2 ** 52], {
      when: { __type__: 'date', __value__: '2026-02-28' },
    });
    expect(described.result).toEqual([
      ['Decimal', "Decimal('1.50')"],
      ['int', '4503599627370496'],
      ['date', 'datetime.date(2026, 2, 28)'],
    ]);

    const everything = await call('everything');
    expect(everything.result).toMatchObject({ uuid: { __type__: 'uuid' }, bytes: { __type__: 'base64' } });
    expect(everything.result_repr).toContain("'big': 9007199254740993, 'huge': -1267650600228229401496703205376");
    expect((await call('not_finite')).result).toEqual(['nan', 'inf', '-inf']);
  });

  it('sends a message of protocol 1', async () => {
    const arguments_ = { args: [1, 2], options: { queue }, wait: 20 };
    const sent = await client.send('interop.tasks.add', arguments_, { task_protocol: 1 });
    expect(sent).toMatchObject({ state: 'SUCCESS', result: 3 });
  });

  it('sends a malformed body, which its worker survives', async () => {
    await client.raw({ queue, body: '{not json', headers: { task: 'interop.tasks.add', id: 'broken' } });
    await worker.process.waitForLog(/DecodeError|Can't decode message body/);
    expect(await call('add', [1, 1])).toMatchObject({ result: 2 });
  });

  it('notes tables that exist already as migrated', async () => {
    const settings = { databaseUrl: database.url };
    expect(await migratePython(settings, { fake: true })).toContain('No migrations to apply');
  });
});
