import { randomUUID } from 'node:crypto';
import type { AdapterDeps, ResultBackend, TaskMeta } from '@nestjs-celery/core';
import { adapterDeps, FakeClock, waitUntil } from '@nestjs-celery/core/testing';
import { Client } from 'pg';
import { createOwnDatabase } from '../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../test/support/own-database.js';
import { query } from '../../../test/support/query.js';
import { typeormResults } from './index.js';
import type { TypeormResultsOptions } from './index.js';

let database: OwnDatabase;
const open: ResultBackend[] = [];
beforeAll(async () => void (database = await createOwnDatabase()));
afterEach(async () => void (await Promise.all(open.splice(0).map((backend) => backend.close()))));
afterAll(() => database.drop());

const connected = async (
  deps: Partial<AdapterDeps> = {},
  options: TypeormResultsOptions = {},
): Promise<ResultBackend> => {
  const backend = typeormResults({ url: database.url, ...options })(adapterDeps({}, deps));
  open.push(backend);
  await backend.connect();
  return backend;
};

const success = (taskId: string): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '7' },
  traceback: null,
  children: [],
});

/** As Django saves a row: nobody is told. */
const storeAsDjango = (taskId: string): Promise<unknown> =>
  query(
    database.url,
    `INSERT INTO django_celery_results_taskresult
       (task_id, status, content_type, content_encoding, result, date_done, date_created, meta)
     VALUES ($1, 'SUCCESS', 'application/json', 'utf-8', '7', now(), now(), '{"children": []}')`,
    [taskId],
  );

const collect = async (backend: ResultBackend, ids: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for await (const meta of backend.waitFor(ids, AbortSignal.timeout(10_000))) found.push(meta.taskId);
  return found;
};

const sessions = async (pattern: string): Promise<{ pid: number }[]> =>
  query<{ pid: number }>(
    database.url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' AND query LIKE $1`,
    [pattern],
  );

/** The wait has begun, listens, and has looked twice without success: what it learns from now on, it learns by being told. */
const isListening = (): Promise<unknown> =>
  waitUntil('a session that listens, and one that has looked', async () => {
    return (await sessions('LISTEN%')).length > 0 && (await sessions('SELECT task_id%')).length > 0;
  });

describe('with a clock that stands still, so that nobody polls', () => {
  it('is woken by our own writers', async () => {
    const [reader, writer] = [await connected({ clock: new FakeClock() }), await connected()];
    const id = randomUUID();
    const waiting = collect(reader, [id]);
    await isListening();
    await writer.storeResult(success(id));
    expect(await waiting).toEqual([id]);
  });

  it('is woken by a batch that has more ids than a notification can hold', async () => {
    const [reader, writer] = [await connected({ clock: new FakeClock() }), await connected()];
    const ids = Array.from({ length: 400 }, () => randomUUID());
    const waiting = collect(reader, ids.slice(-2));
    await isListening();
    await Promise.all(ids.map((id) => writer.storeResult(success(id))));
    expect((await waiting).sort()).toEqual(ids.slice(-2).sort());
  });

  it('is woken whatever stands in an id', async () => {
    const [reader, writer] = [await connected({ clock: new FakeClock() }), await connected()];
    const ids = ['line\nbreak', "it's", 'comma,', '"quoted"', '{curly}', 'å☃'].map((id) => `${id} ${randomUUID()}`);
    const waiting = collect(reader, ids);
    await isListening();
    await Promise.all(ids.map((id) => writer.storeResult(success(id))));
    expect((await waiting).sort()).toEqual([...ids].sort());
  });

  it('listens again when the connection was lost, and looks for what it missed', async () => {
    const clock = new FakeClock();
    const [reader, writer] = [await connected({ clock }), await connected()];
    const [first, second] = [randomUUID(), randomUUID()];
    const waiting = collect(reader, [first, second]);
    await isListening();
    for (const { pid } of await sessions('LISTEN%'))
      await query(database.url, 'SELECT pg_terminate_backend($1)', [pid]);
    await waitUntil('the loss to be noticed', () => clock.pendingTimers > 1);
    await writer.storeResult(success(first));
    await clock.advance(10);
    await isListening();
    await writer.storeResult(success(second));
    expect(await waiting).toEqual([first, second]);
  });
});

describe('polling', () => {
  it('finds what Django stored, soon at first and then every half second', async () => {
    const clock = new FakeClock();
    const reader = await connected({ clock });
    const [soon, late] = [randomUUID(), randomUUID()];
    const waiting = collect(reader, [soon, late]);
    await isListening();
    await storeAsDjango(soon);
    await clock.advance(50);
    await clock.advance(10_000);
    await storeAsDjango(late);
    await clock.advance(500);
    expect(await waiting).toEqual([soon, late]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does without notifications where they are turned off', async () => {
    const reader = await connected({}, { notify: false });
    const writer = await connected({}, { notify: false });
    const id = randomUUID();
    const waiting = collect(reader, [id]);
    await writer.storeResult(success(id));
    expect(await waiting).toEqual([id]);
    expect(await sessions('LISTEN%')).toEqual([]);
  });
});

it('opens no connection to listen before somebody waits', async () => {
  const backend = await connected();
  await backend.storeResult(success(randomUUID()));
  expect(await sessions('LISTEN%')).toEqual([]);
});

it('tells of what is ready, once for each batch, and of nothing else', async () => {
  const writer = await connected();
  const told: (string | undefined)[] = [];
  const listening = new Client({ connectionString: database.url });
  await listening.connect();
  listening.on('notification', ({ payload }) => told.push(payload));
  await listening.query('LISTEN "public.django_celery_results_taskresult"');
  await writer.storeResult({ ...success('running'), status: 'STARTED' });
  await writer.storeResult({ ...success('trying'), status: 'RETRY' });
  await Promise.all(['b', 'a'].map((id) => writer.storeResult(success(id))));
  await waitUntil('a notification', () => told.length > 0);
  await listening.end();
  expect(told).toEqual(['a\nb']);
});
