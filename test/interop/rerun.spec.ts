import { encodeJson, readPythonLiteral } from '@nestjs-celery/core';
import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { PythonClient, type PythonResult } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, type PythonWorker, runPython, startPythonWorker } from '../support/python.js';
import { query } from '../support/query.js';
import { randomArray, randomOf, randomRecord } from '../support/random-values.js';

describe('Running tasks again, between Python and Node', () => {
  const queue = ownQueue();
  const nodeQueue = ownQueue();
  let database: OwnDatabase;
  let worker: PythonWorker;
  let nodeWorker: TestProcess;
  let python: PythonClient;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    const { url: databaseUrl } = database;
    await migratePython({ databaseUrl });
    worker = await startPythonWorker({ databaseUrl, queues: [queue] });
    nodeWorker = await startNodeWorker({ databaseUrl, queues: [nodeQueue] });
    python = new PythonClient({ databaseUrl });
    app = celeryClient(databaseUrl);
  }, PYTHON_TIMEOUT);

  afterAll(async () => {
    await worker?.stop();
    await nodeWorker?.stop();
    await database?.drop();
  });

  const args = [1, -2.5, 'Łódź ☃', "it's", null, true, [1, { deep: 0.1 }], 'two\nlines'];
  const kwargs = { to: { name: 'x', tags: ['a', 'b'] } };
  const valueOf = <R>(result: AsyncResult<R>): Promise<R> => result.get({ timeout: 20 });
  const sendFromPython = (task: string, call: object, to = queue): Promise<PythonResult> =>
    python.send(task, { ...call, options: { queue: to }, wait: 20 });

  it('a task that Python sent and ran runs again, with what the repr says', async () => {
    const sent = await sendFromPython('interop.tasks.echo', { args, kwargs });
    const again = await app.rerun(sent.task_id, { queue });
    expect(await valueOf(again)).toEqual({ args, kwargs });
    expect(await app.rerunsOf(sent.task_id)).toEqual({ rerunOf: null, reruns: [again.id] });
  });

  it('tells Python what it repeats', async () => {
    const sent = await sendFromPython('interop.tasks.context', {});
    const again = await app.rerun<{ headers: object; root_id: string }>(sent.task_id, { queue });
    expect(await valueOf(again)).toMatchObject({ headers: { 'x-celery-rerun-of': sent.task_id }, root_id: again.id });
  });

  it('a failed task of Python runs again with other arguments', async () => {
    const sent = await sendFromPython('interop.tasks.fail', { args: ['once'] });
    const again = await app.rerun(sent.task_id, { queue, args: ['twice'] });
    await expect(valueOf(again)).rejects.toMatchObject({ name: 'ValueError', message: 'twice' });
  });

  it('an object of Python is refused by the name of its argument, and may be given', async () => {
    const when = { __type__: 'datetime', __value__: '2026-02-28T23:59:58.123456+00:00' };
    const sent = await sendFromPython('interop.tasks.echo', { args: [1, { at: when }] });
    await expect(app.rerun(sent.task_id, { queue })).rejects.toMatchObject({
      code: 'RERUN_REFUSED',
      message: expect.stringContaining("args[1].at is 'datetime.datetime…'"),
    });
    const again = await app.rerun(sent.task_id, { queue, args: [2] });
    expect(await valueOf(again)).toEqual({ args: [2], kwargs: {} });
  });

  it('a task of ours that Python sent runs again where it ran, with all its types', async () => {
    const typed = [
      { __type__: 'datetime', __value__: '2026-02-28T23:59:58.123456+00:00' },
      { __type__: 'decimal', __value__: '1.10' },
      { __type__: 'base64', __value__: 'AP/+' },
    ];
    const sent = await sendFromPython('node.echo', { args: [2.0, 'C:\\new', ...typed] }, nodeQueue);
    const again = await app.rerun(sent.task_id);
    const { result_repr: repr } = await python.result(again.id, 20);
    expect(repr).toBe(
      "[2, 'C:\\\\new', datetime.datetime(2026, 2, 28, 23, 59, 58, 123456, tzinfo=datetime.timezone.utc), Decimal('1.10'), b'\\x00\\xff\\xfe']",
    );
    expect(
      await query(database.url, 'SELECT rerun_of FROM nestjs_celery_reruns WHERE task_id = $1', [again.id]),
    ).toEqual([{ rerun_of: sent.task_id }]);
  });

  it("what Python's repr writes is read back, value for value", async () => {
    const random = randomOf(20_261_120);
    const values = Array.from({ length: 400 }, (_, n) => (n % 2 ? randomArray(random) : randomRecord(random)));
    const reprs = await runPython<[string, string][]>(['literals.py', encodeJson(values)], {
      databaseUrl: database.url,
    });
    expect(reprs.map(([repr]) => readPythonLiteral(repr))).toStrictEqual(values);
    const readable = reprs.filter(([, saferepr], n) => isReadAs(saferepr, values[n])).length;
    expect(readable).toBeGreaterThan(100);
  });
});

/** False where it is refused, as it may be; but never read as anything else. */
function isReadAs(saferepr: string, value: unknown): boolean {
  let found: unknown;
  try {
    found = readPythonLiteral(saferepr, { dialect: 'celery' });
  } catch (error) {
    expect(error).toMatchObject({ code: 'DECODE_ERROR' });
    return false;
  }
  expect(found).toStrictEqual(value);
  return true;
}
