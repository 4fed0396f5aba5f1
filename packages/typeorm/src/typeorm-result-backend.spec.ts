import { randomUUID } from 'node:crypto';
import type { ResultBackend, TaskMeta } from '@nestjs-celery/core';
import { adapterDeps, describeResultBackend } from '@nestjs-celery/core/testing';
import { DataSource } from 'typeorm';
import { createOwnDatabase } from '../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../test/support/own-database.js';
import { query } from '../../../test/support/query.js';
import { TaskResult, typeormResults } from './index.js';
import type { TypeormResultsOptions } from './index.js';

let database: OwnDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createOwnDatabase();
  dataSource = new DataSource({ type: 'postgres', url: database.url, entities: [TaskResult] });
  await dataSource.initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

describeResultBackend('PostgreSQL by its URL', (settings) =>
  typeormResults({ url: database.url })(adapterDeps(settings)),
);

describeResultBackend("the application's DataSource", (settings) =>
  typeormResults({ dataSource })(adapterDeps(settings)),
);

describeResultBackend('PostgreSQL with a schema and prefix, and nothing prepared', (settings) =>
  typeormResults({ url: database.url, schema: 'Jobs', tablePrefix: 'celery_', prepare: false })(adapterDeps(settings)),
);

const json = (data: string) => ({ contentType: 'application/json', contentEncoding: 'utf-8', data });
const success = (taskId: string, data = '1'): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: json(data),
  traceback: null,
  children: [],
});

describe('in the table', () => {
  const open: ResultBackend[] = [];
  afterEach(async () => void (await Promise.all(open.splice(0).map((backend) => backend.close()))));
  const connected = async (options: TypeormResultsOptions = { url: database.url }): Promise<ResultBackend> => {
    const backend = typeormResults(options)(adapterDeps());
    open.push(backend);
    await backend.connect();
    return backend;
  };
  const rowOf = (taskId: string): Promise<TaskResult> =>
    dataSource.getRepository(TaskResult).findOneByOrFail({ taskId });

  it('dates a row by its first save, its start and its last save, as Django does', async () => {
    const backend = await connected();
    const id = randomUUID();
    const [started, done] = [new Date('2026-01-01T00:00:01Z'), new Date('2026-01-01T00:00:03Z')];
    await backend.storeResult({ ...success(id), status: 'STARTED', dateStarted: started });
    const first = await rowOf(id);
    expect(first).toMatchObject({ dateStarted: started, status: 'STARTED' });
    expect(first.dateDone.getTime()).toBeGreaterThan(started.getTime());
    await backend.storeResult({ ...success(id), dateDone: done });
    expect(await rowOf(id)).toMatchObject({ dateStarted: started, dateDone: done, dateCreated: first.dateCreated });
  });

  it('dates a row that was merged with its start by that start', async () => {
    const backend = await connected();
    const id = randomUUID();
    const [started, done] = [new Date('2026-01-01T00:00:01Z'), new Date('2026-01-01T00:00:03Z')];
    await Promise.all([
      backend.storeResult({ ...success(id), status: 'STARTED', dateStarted: started }),
      backend.storeResult({ ...success(id), dateDone: done }),
    ]);
    expect(await rowOf(id)).toMatchObject({ dateCreated: started, dateStarted: started, dateDone: done });
  });

  it('leaves alone what belongs to a row but not to a state', async () => {
    const backend = await connected();
    const id = randomUUID();
    const extended = {
      name: 'a',
      argsrepr: '()',
      kwargsrepr: '{}',
      worker: 'w',
      retries: 0,
      queue: 'q',
      periodicTaskName: 'p',
    };
    await backend.storeResult({ ...success(id), status: 'STARTED', extended });
    // beside a row that has what this one lacks, so that the statement writes those columns
    const other = { ...success(randomUUID()), dateStarted: new Date(), extended };
    await Promise.all([backend.storeResult(success(id)), backend.storeResult(other)]);
    expect(await rowOf(id)).toMatchObject({
      taskName: 'a',
      taskArgs: '"()"',
      worker: 'w',
      periodicTaskName: 'p',
      meta: '{"children": []}',
    });
  });

  it('stores every row of a batch but those that PostgreSQL refuses', async () => {
    const backend = await connected();
    const good = Array.from({ length: 120 }, () => randomUUID());
    const bad = [
      { ...success(randomUUID()), result: json('"\0"') },
      success('x'.repeat(256)),
      { ...success(randomUUID()), status: 'S'.repeat(51) },
    ];
    const metas = [...good.map((id) => success(id)), ...bad].sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
    const settled = await Promise.allSettled(metas.map((meta) => backend.storeResult(meta)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(good.length);
    const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(reasons.sort()).toEqual([
      expect.stringMatching(/^BackendStoreError: State S{51} of task ".{36}" was not stored: value too long/),
      expect.stringMatching(/^BackendStoreError: State SUCCESS of task ".{36}" was not stored: invalid byte sequence/),
      expect.stringMatching(/^BackendStoreError: State SUCCESS of task "x+\.\.\." was not stored: value too long/),
    ]);
    expect((await backend.getMany(good)).size).toBe(good.length);
  });

  it('lets several writers store the same tasks at once', async () => {
    const writers = await Promise.all([connected(), connected(), connected()]);
    const ids = Array.from({ length: 400 }, () => randomUUID());
    const states = ['STARTED', 'RETRY', 'SUCCESS'];
    const stored = writers.flatMap((writer, n) =>
      ids
        .toSorted(() => Math.random() - 0.5)
        .map((id) => writer.storeResult({ ...success(id), status: states[n] ?? '' })),
    );
    await Promise.all(stored);
    const metas = await writers[0]?.getMany(ids);
    expect([...(metas?.values() ?? [])].map(({ status }) => status)).toEqual(Array(400).fill('SUCCESS'));
  });

  it('expires more rows than one statement takes, groups too, and leaves the young', async () => {
    const backend = await connected();
    await query(
      database.url,
      `INSERT INTO django_celery_results_taskresult
         (task_id, status, content_type, content_encoding, date_done, date_created)
       SELECT 'old ' || n, 'SUCCESS', '', '', '2001-01-01', '2001-01-01' FROM generate_series(1, 10001) AS n`,
    );
    await query(
      database.url,
      `INSERT INTO django_celery_results_groupresult (group_id, content_type, content_encoding, date_done, date_created)
       VALUES ('old', '', '', '2001-01-01', '2001-01-01'), ('young', '', '', '2101-01-01', '2101-01-01')`,
    );
    expect(await backend.deleteExpired(new Date('2002-01-01'))).toBe(10_002);
    expect(await query(database.url, 'SELECT group_id FROM django_celery_results_groupresult')).toEqual([
      { group_id: 'young' },
    ]);
  });

  it("leaves the application's DataSource open, and closes one that it opened itself", async () => {
    const lazy = new DataSource({ type: 'postgres', url: database.url });
    await (await connected({ dataSource })).close();
    await (await connected({ dataSource: lazy })).close();
    expect(dataSource.isInitialized).toBe(true);
    expect(lazy.isInitialized).toBe(false);
  });

  it('is reached by a token of the application', async () => {
    const resolve = (token: unknown): unknown => (token === 'reports' ? dataSource : undefined);
    const backend = typeormResults({ dataSource: 'reports' })(adapterDeps({}, { resolve }));
    await backend.connect();
    await backend.close();
    const lost = typeormResults({ dataSource: 'mail' })(adapterDeps({}, { resolve }));
    await expect(lost.connect()).rejects.toThrow(
      'dataSource: mail leads to no TypeORM DataSource. Give one, or its token.',
    );
  });

  it('must be a table of PostgreSQL', async () => {
    const sqlite = { options: { type: 'sqlite' }, driver: {}, createQueryRunner() {}, isInitialized: true };
    const backend = typeormResults({ dataSource: sqlite as unknown as DataSource })(adapterDeps());
    await expect(backend.connect()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining("'sqlite'"),
    });
  });

  it('is not touched before connect() and after close()', async () => {
    const backend = typeormResults({ url: database.url })(adapterDeps());
    await expect(backend.storeResult(success('a'))).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    await backend.connect();
    await backend.close();
    await expect(backend.getMany(['a'])).rejects.toThrow(/is not connected: call connect\(\) first/);
  });
});
