import { randomUUID } from 'node:crypto';
import type { ResultBackend, ScheduleDatabase, TaskMeta } from '@nestjs-celery/core';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { typeormResults, typeormSchedules } from '@nestjs-celery/typeorm';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { PythonClient } from '../support/python-client.js';
import { migratePython, PYTHON_TIMEOUT, pythonCelery, type PythonSettings } from '../support/python.js';
import { query } from '../support/query.js';

const TABLES = ['taskresult', 'groupresult', 'chordcounter'].map((table) => `django_celery_results_${table}`);
const BEAT_TABLES = ['periodictask', 'periodictasks']
  .concat(['interval', 'crontab', 'solar', 'clocked'].map((kind) => `${kind}schedule`))
  .map((table) => `django_celery_beat_${table}`);
const TIMEOUT = 60_000;

const DONE = new Date('2026-11-20T10:00:00.123Z');
const meta = (taskId: string): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '{"total": 7, "städte": ["Łódź ☃"]}' },
  traceback: null,
  children: [[['child', null], null]],
  dateStarted: new Date('2026-11-20T10:00:00Z'),
  dateDone: DONE,
  extended: {
    name: 'reports.send',
    argsrepr: "(1, 'Łódź')",
    kwargsrepr: "{'to': None}",
    worker: 'celery@node',
    retries: 0,
    queue: 'celery',
    periodicTaskName: 'nightly',
  },
});
const failure = (taskId: string): TaskMeta => ({
  ...meta(taskId),
  status: 'FAILURE',
  result: {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    data: '{"exc_type": "ValueError", "exc_message": ["no such city"], "exc_module": "builtins"}',
  },
  traceback: 'ValueError: no such city',
});

/** Our tables and Django's own, made by the newest Django and django-celery-results that this machine can have. */
describe("the tables of django-celery-results, ours and Django's", () => {
  const databases: OwnDatabase[] = [];
  const open: ResultBackend[] = [];

  beforeAll(() => pythonCelery().then(() => {}), PYTHON_TIMEOUT);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backend) => backend.close()));
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  const python = async (): Promise<PythonSettings> => {
    const database = await createOwnDatabase();
    databases.push(database);
    return { databaseUrl: database.url, amqpUrl: 'memory://' };
  };

  const connected = async (url: string): Promise<ResultBackend> => {
    const backend = typeormResults({ url })(adapterDeps({ resultExtended: true }));
    open.push(backend);
    await backend.connect();
    return backend;
  };

  it(
    'are the same, column for column and index for index',
    async () => {
      const [django, ours] = [await python(), await python()];
      await migratePython(django);
      await connected(ours.databaseUrl);
      for (const table of TABLES) {
        const [mine, theirs] = [await structure(ours.databaseUrl, table), await structure(django.databaseUrl, table)];
        expect(mine).toEqual((await isNewest()) ? theirs : including(theirs));
      }
    },
    TIMEOUT,
  );

  it.each(['ours, after migrate --fake', "Django's"])(
    'serve both sides: %s',
    async (whose) => {
      const settings = await python();
      if (whose === "Django's") await migratePython(settings);
      const backend = await connected(settings.databaseUrl);
      if (whose !== "Django's") await migratePython(settings, { fake: true });
      const client = new PythonClient(settings);
      const [good, bad] = [randomUUID(), randomUUID()];
      await Promise.all([meta(good), failure(bad)].map((one) => backend.storeResult(one)));

      expect(await client.result(good)).toMatchObject({
        state: 'SUCCESS',
        result: { total: 7, städte: ['Łódź ☃'] },
        children: ['child'],
        args: "(1, 'Łódź')",
        kwargs: "{'to': None}",
        worker: 'celery@node',
      });
      expect(await client.result(bad)).toMatchObject({
        state: 'FAILURE',
        raised: { class: 'ValueError', module: 'builtins', args: ['no such city'] },
        traceback: 'ValueError: no such city',
      });
      expect(await client.row(good)).toMatchObject({
        task_id: good,
        task_name: 'reports.send',
        periodic_task_name: 'nightly',
      });
    },
    TIMEOUT,
  );

  it(
    "of Django stay as Django made them, and remain Django's to migrate",
    async () => {
      const settings = await python();
      await migratePython(settings);
      const before = await structure(settings.databaseUrl, TABLES[0] ?? '');
      await connected(settings.databaseUrl);
      expect(await structure(settings.databaseUrl, TABLES[0] ?? '')).toEqual(before);
      expect(await migratePython(settings)).toContain('No migrations to apply');
    },
    TIMEOUT,
  );
});

describe("the tables of django-celery-beat, ours and Django's", () => {
  const databases: OwnDatabase[] = [];
  const open: ScheduleDatabase[] = [];

  beforeAll(() => pythonCelery().then(() => {}), PYTHON_TIMEOUT);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((schedules) => schedules.close()));
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  const python = async (): Promise<PythonSettings> => {
    const database = await createOwnDatabase();
    databases.push(database);
    return { databaseUrl: database.url, amqpUrl: 'memory://' };
  };

  const opened = async ({ databaseUrl: url }: PythonSettings): Promise<ScheduleDatabase> => {
    const schedules = typeormSchedules({ url })(adapterDeps());
    open.push(schedules);
    await schedules.open();
    return schedules;
  };

  const structures = ({ databaseUrl }: PythonSettings): Promise<Structure[]> =>
    Promise.all(BEAT_TABLES.map((table) => structure(databaseUrl, table)));

  it(
    'are the same, column for column and index for index',
    async () => {
      const [django, ours] = [await python(), await python()];
      await migratePython(django);
      await opened(ours);
      const theirs = await structures(django);
      expect(await structures(ours)).toEqual((await isNewest()) ? theirs : theirs.map(including));
    },
    TIMEOUT,
  );

  it(
    "of Django stay as Django made them, and remain Django's to migrate",
    async () => {
      const settings = await python();
      await migratePython(settings);
      const before = await structures(settings);
      const { tasks } = await opened(settings);
      await tasks.insert({ name: 'ours', task: 't', schedules: [{ kind: 'interval', every: 7, period: 'days' }] });
      expect(await structures(settings)).toEqual(before);
      expect(await migratePython(settings)).toContain('No migrations to apply');
    },
    TIMEOUT,
  );

  it(
    "of ours become Django's by migrate --fake",
    async () => {
      const settings = await python();
      await opened(settings);
      await migratePython(settings, { fake: true });
      expect(await migratePython(settings)).toContain('No migrations to apply');
    },
    TIMEOUT,
  );
});

/** Without access to a later Debian, an older Django judges, whose tables have fewer columns. */
async function isNewest(): Promise<boolean> {
  const [, minor = 0] = (await pythonCelery()).celeryVersion.split('.').map(Number);
  return minor >= 5;
}

function including(structure: Structure): unknown {
  return Object.fromEntries(Object.entries(structure).map(([kind, parts]) => [kind, expect.arrayContaining(parts)]));
}

type Structure = Record<'columns' | 'indexes' | 'constraints', Record<string, unknown>[]>;

/** What the catalogue says of a table; an identity column and a serial one count alike, as Django changed from one to the other in 4.1. */
async function structure(url: string, table: string): Promise<Structure> {
  const columns = await query(
    url,
    `SELECT column_name, data_type, character_maximum_length, is_nullable,
       column_default IS NOT NULL OR is_identity = 'YES' AS has_default
     FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`,
    [table],
  );
  const indexes = await query(url, 'SELECT indexdef FROM pg_indexes WHERE tablename = $1 ORDER BY 1', [table]);
  const constraints = await query(
    url,
    `SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE conrelid = to_regclass($1) ORDER BY 1`,
    [table],
  );
  return { columns, indexes, constraints };
}
