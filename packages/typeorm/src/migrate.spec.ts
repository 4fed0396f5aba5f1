import { readFileSync } from 'node:fs';
import { silentLogger } from '@nestjs-celery/core';
import type { CeleryOptions } from '@nestjs-celery/core';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { DataSource } from 'typeorm';
import { createOwnDatabase } from '../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../test/support/own-database.js';
import { query } from '../../../test/support/query.js';
import {
  ChordCounter,
  GroupResult,
  migrateResults,
  resultMigrations,
  TaskAttempt,
  TaskCall,
  TaskOnce,
  TaskRerun,
  TaskResult,
  TaskRevocation,
  typeormResults,
} from './index.js';
import type { TypeormResultsOptions } from './index.js';

/** What Django's own migrations made, captured from PostgreSQL 15. */
interface CapturedTable {
  columns: Record<string, unknown>[];
  indexes: string[];
  constraints: { conname: string; def: string }[];
}
const captured = JSON.parse(
  readFileSync(new URL('../../../test/data/wire/schema-django-celery-results.json', import.meta.url), 'utf8'),
) as { data: Record<string, CapturedTable> };

let database: OwnDatabase;
beforeEach(async () => void (database = await createOwnDatabase()));
afterEach(() => database.drop());

/** Gives the warnings. */
const start = async (options: TypeormResultsOptions = {}): Promise<string[]> => {
  const source = options.dataSource ? {} : { url: database.url };
  const { deps, warnings } = listening();
  const backend = typeormResults({ ...source, ...options })(deps);
  try {
    await backend.connect();
  } finally {
    await backend.close();
  }
  return warnings;
};

/** A log whose warnings can be looked at. */
function listening(settings?: CeleryOptions) {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  return { deps: { ...adapterDeps(settings), logger }, warnings };
}

/** What an old django-celery-results made, with these columns besides. */
const django = (columns: string): Promise<unknown> =>
  query(
    database.url,
    `CREATE TABLE django_celery_results_taskresult (id serial PRIMARY KEY, task_id varchar(255) NOT NULL UNIQUE,
     status varchar(50) NOT NULL, content_type varchar(128) NOT NULL, content_encoding varchar(64) NOT NULL, result text,
     date_done timestamptz NOT NULL, traceback text, meta text ${columns})`,
  );

const META = {
  taskId: 'a',
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '1' },
  traceback: null,
  children: [],
  dateStarted: new Date(),
  extended: {
    name: 'add',
    argsrepr: '(1,)',
    kwargsrepr: '{}',
    worker: 'w',
    retries: 0,
    queue: 'celery',
    periodicTaskName: 'often',
  },
};

const tables = async (): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    database.url,
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

const indexes = async (table: string): Promise<string[]> => {
  const rows = await query<{ indexdef: string }>(
    database.url,
    `SELECT indexdef FROM pg_indexes WHERE tablename = $1 ORDER BY indexdef`,
    [table],
  );
  return rows.map(({ indexdef }) => indexdef);
};

describe('the tables of an empty database', () => {
  it.each(Object.entries(captured.data))('are what Django makes: %s', async (table, expected) => {
    await start();
    const columns = await query(
      database.url,
      `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
       FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`,
      [table],
    );
    const constraints = await query(
      database.url,
      `SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE conrelid = $1::regclass ORDER BY conname`,
      [table],
    );
    expect(columns).toEqual(expected.columns);
    expect(await indexes(table)).toEqual([...expected.indexes].sort());
    expect(constraints).toEqual(expected.constraints);
  });

  it('are made once by several processes that start at the same time', async () => {
    await Promise.all(Array.from({ length: 6 }, () => start()));
    const ran = await query(database.url, 'SELECT name FROM nestjs_celery_migrations');
    expect(ran).toEqual([
      { name: 'InitialResults1700000000001' },
      { name: 'SideTables1700000000002' },
      { name: 'SideTablesOnce1700000000005' },
    ]);
  });

  it('take the schema, the prefix and the length of ids that were asked for', async () => {
    const options = { schema: 'jobs', tablePrefix: 'celery_', taskIdMaxLength: 100 };
    await start(options);
    await start(options);
    expect(await tables()).toEqual([
      'jobs.celery_attempts',
      'jobs.celery_calls',
      'jobs.celery_chordcounter',
      'jobs.celery_groupresult',
      'jobs.celery_migrations',
      'jobs.celery_once',
      'jobs.celery_reruns',
      'jobs.celery_revocations',
      'jobs.celery_taskresult',
    ]);
    const [column] = await query(
      database.url,
      `SELECT character_maximum_length AS length FROM information_schema.columns
       WHERE table_name = 'celery_taskresult' AND column_name = 'task_id'`,
    );
    expect(column).toEqual({ length: 100 });
  });

  it("stand in the schema of the application's DataSource", async () => {
    const dataSource = new DataSource({ type: 'postgres', url: database.url, schema: 'app' });
    await start({ dataSource });
    expect(await tables()).toContain('app.django_celery_results_taskresult');
    expect(await tables()).toContain('app.nestjs_celery_migrations');
  });

  it('of two prefixes stand in one schema', async () => {
    await start();
    await start({ tablePrefix: 'billing_' });
    expect(await indexes('billing_taskresult')).toHaveLength(9);
  });

  it('agree with the entities, so that TypeORM finds nothing to change', async () => {
    await start();
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [TaskResult, GroupResult, ChordCounter, TaskAttempt, TaskCall, TaskOnce, TaskRerun, TaskRevocation],
    });
    await dataSource.initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map((up) => up.query)).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it("are made by the application's own migration run, and then left to it", async () => {
    const dataSource = new DataSource({ type: 'postgres', url: database.url, migrations: resultMigrations() });
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
      await start({ migrate: 'check' });
      expect(await tables()).not.toContain('public.nestjs_celery_migrations');
      for (const _ of resultMigrations()) await dataSource.undoLastMigration();
      expect(await tables()).toEqual(['public.migrations']);
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('tables that are there already', () => {
  it.each([
    [
      '2.4',
      ', task_args text, task_kwargs text, task_name varchar(255), worker varchar(100), date_created timestamptz NOT NULL',
    ],
    ['1.1', ', task_args text, task_kwargs text, task_name varchar(255)'],
    ['1.0', ''],
  ])('and were made by django-celery-results %s are used without what they lack', async (_, columns) => {
    await django(columns);
    const backend = typeormResults({ url: database.url })(adapterDeps({ resultExtended: true }));
    await backend.connect();
    try {
      await backend.storeResult(META);
      const found = (await backend.getMany(['a'])).get('a');
      expect(found).toMatchObject({ status: 'SUCCESS', result: { data: '1' } });
      expect(found?.dateStarted).toBeUndefined();
      expect(found?.extended?.name).toBe(columns.includes('task_name') ? 'add' : undefined);
      expect(await backend.deleteExpired(new Date(Date.parse('2100-01-01')))).toBe(1);
    } finally {
      await backend.close();
    }
    expect((await tables()).filter((name) => name.includes('django'))).toEqual([
      'public.django_celery_results_taskresult',
    ]);
  });

  it('and were made by Django get the tables of ours beside them, once', async () => {
    await django('');
    expect(await start()).toEqual([]);
    await start();
    expect(await start({ migrate: 'check' })).toEqual([]);
    expect(await tables()).toEqual([
      'public.django_celery_results_taskresult',
      'public.nestjs_celery_attempts',
      'public.nestjs_celery_calls',
      'public.nestjs_celery_migrations',
      'public.nestjs_celery_once',
      'public.nestjs_celery_reruns',
      'public.nestjs_celery_revocations',
    ]);
  });

  it('and were made by an earlier version of ours get what came later', async () => {
    await start();
    await query(
      database.url,
      `DROP TABLE nestjs_celery_attempts, nestjs_celery_calls, nestjs_celery_reruns, nestjs_celery_revocations, nestjs_celery_once;
       DELETE FROM nestjs_celery_migrations WHERE name LIKE 'SideTables%'`,
    );
    expect(await start({ migrate: 'check' })).toHaveLength(1);
    expect(await start()).toEqual([]);
    expect(await tables()).toContain('public.nestjs_celery_calls');
  });

  it('and lost a table of ours are refused, naming it', async () => {
    await start();
    await query(database.url, 'DROP TABLE nestjs_celery_calls');
    await expect(start()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining('Table "nestjs_celery_calls" is missing'),
    });
  });

  it('but demand what no result has are refused, naming the column', async () => {
    await django(', hidden boolean NOT NULL');
    await expect(start()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining("demands a value for column 'hidden'"),
    });
  });

  it('but are something else are refused, naming what is missing', async () => {
    await query(database.url, 'CREATE TABLE django_celery_results_taskresult (id int, task_id text, status text)');
    await expect(start()).rejects.toThrow(/lacks columns 'content_type', 'content_encoding', .* 'meta'/);
  });
});

describe("with migrate: 'check'", () => {
  it('refuses to start without the tables, names the command and changes nothing', async () => {
    await expect(start({ migrate: 'check' })).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringMatching(/InitialResults1700000000001.*npx nestjs-celery-migrate/),
    });
    expect(await tables()).toEqual([]);
  });

  it('starts where only tables of ours are missing, and warns once with the command', async () => {
    await django('');
    expect(await start({ migrate: 'check' })).toEqual([
      expect.stringMatching(
        /^Revoked tasks, .*are not kept.* \(missing: SideTables1700000000002, SideTablesOnce1700000000005\) .*npx nestjs-celery-migrate/,
      ),
    ]);
    expect(await tables()).toEqual(['public.django_celery_results_taskresult']);
  });

  it('starts when the tables are up to date', async () => {
    await start();
    await start({ migrate: 'check' });
  });
});

describe('as a user who may not create', () => {
  const restricted = async (): Promise<string> => {
    const name = new URL(database.url).pathname.slice(1);
    await query(
      database.url,
      `CREATE ROLE guest_${name} LOGIN PASSWORD 'sesame'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    );
    const url = new URL(database.url);
    url.username = `guest_${name}`;
    url.password = 'sesame';
    return url.href;
  };
  afterEach(async () => {
    const name = new URL(database.url).pathname.slice(1);
    await query(database.url, `DROP OWNED BY guest_${name}; DROP ROLE guest_${name}`);
  });

  it('says what to run, without the password', async () => {
    const failure = await start({ url: await restricted() }).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
    expect(String(failure)).toMatch(/permission denied .*Run 'npx nestjs-celery-migrate/);
    expect(String(failure)).not.toContain('sesame');
  });

  it("keeps results in Django's tables, without tables of ours, and warns once with what is missing", async () => {
    await django(', task_name varchar(255)');
    const url = await restricted();
    const name = new URL(url).username;
    await query(database.url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}`);
    await query(database.url, `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${name}`);
    const { deps, warnings } = listening({ resultExtended: true });
    const backend = typeormResults({ url })(deps);
    await backend.connect();
    try {
      const { revocations, attempts, calls, once } = backend;
      expect([revocations, attempts, calls, once]).toEqual([undefined, undefined, undefined, undefined]);
      const call = { taskId: 'a', name: 'add', args: '[1]', kwargs: '{}', queue: null, redacted: false };
      await backend.storeResult({ ...META, extended: { ...META.extended, call } });
      expect((await backend.getMany(['a'])).get('a')).toMatchObject({ status: 'SUCCESS', extended: { name: 'add' } });
      await backend.forget(['a']);
      await backend.storeResult(META);
      expect(await backend.deleteExpired(new Date(Date.parse('2100-01-01')))).toBe(1);
    } finally {
      await backend.close();
    }
    expect(warnings).toEqual([expect.stringMatching(/^Revoked tasks.*permission denied .*npx nestjs-celery-migrate/)]);
    expect(warnings.join()).not.toContain('sesame');
    await expect(migrateResults({ url })).rejects.toThrow('permission denied');
  });

  it('says what is wrong with the address, without the password', async () => {
    const url = new URL(await restricted());
    url.pathname = '/nowhere';
    const failure = await start({ url: url.href }).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
    expect(String(failure)).toMatch(
      /database "nowhere" does not exist .*Correct the user, the password or the database/,
    );
    expect(String(failure)).not.toContain('sesame');
  });

  it('starts on tables that are there', async () => {
    const url = await restricted();
    await start();
    await query(database.url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${new URL(url).username}`);
    await start({ url });
  });
});
