import { silentLogger } from '@nestjs-celery/core';
import type { ScheduleDatabase } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { DataSource } from 'typeorm';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import {
  BeatLease,
  ClockedSchedule,
  CodeEntryState,
  CrontabSchedule,
  IntervalSchedule,
  migrateSchedules,
  PeriodicTask,
  PeriodicTaskPolicy,
  PeriodicTaskRun,
  PeriodicTasksChanged,
  PeriodicTaskState,
  scheduleMigrations,
  SolarSchedule,
  typeormResults,
  typeormSchedules,
} from '../index.js';
import type { TypeormSchedulesOptions } from '../index.js';

const ENTITIES = [
  PeriodicTask,
  IntervalSchedule,
  CrontabSchedule,
  SolarSchedule,
  ClockedSchedule,
  PeriodicTasksChanged,
];
const SIDE_ENTITIES = [PeriodicTaskPolicy, PeriodicTaskState, CodeEntryState, PeriodicTaskRun, BeatLease];
const MIGRATIONS = [
  'InitialSchedules1700000000003',
  'ScheduleSideTables1700000000004',
  'ScheduleTriggers1700000000006',
];
const EVERY_MINUTE = { kind: 'interval', every: 60, period: 'seconds' } as const;

let database: OwnDatabase;
beforeEach(async () => void (database = await createOwnDatabase()));
afterEach(() => database.drop());

/** Opens it, lets it be used, closes it; gives the warnings. */
const start = async (
  options: TypeormSchedulesOptions = {},
  use: (schedules: ScheduleDatabase) => Promise<unknown> = async () => {},
): Promise<string[]> => {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const source = options.dataSource ? {} : { url: database.url };
  const schedules = typeormSchedules({ ...source, ...options })(adapterDeps({}, { logger }));
  try {
    await schedules.open();
    await use(schedules);
  } finally {
    await schedules.close();
  }
  return warnings;
};

const tables = async (): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    database.url,
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

const triggers = (): Promise<unknown[]> => query(database.url, 'SELECT tgname FROM pg_trigger WHERE NOT tgisinternal');

/** What django-celery-beat 1.0 made. */
const DJANGO_1_0 = `
  CREATE TABLE django_celery_beat_intervalschedule (id serial PRIMARY KEY, every integer NOT NULL, period varchar(24) NOT NULL);
  CREATE TABLE django_celery_beat_crontabschedule (id serial PRIMARY KEY, minute varchar(64) NOT NULL, hour varchar(64) NOT NULL,
    day_of_week varchar(64) NOT NULL, day_of_month varchar(64) NOT NULL, month_of_year varchar(64) NOT NULL);
  CREATE TABLE django_celery_beat_periodictasks (ident smallint PRIMARY KEY, last_update timestamptz NOT NULL);
  CREATE TABLE django_celery_beat_periodictask (id serial PRIMARY KEY, name varchar(200) NOT NULL UNIQUE, task varchar(200) NOT NULL,
    args text NOT NULL, kwargs text NOT NULL, queue varchar(200), exchange varchar(200), routing_key varchar(200),
    expires timestamptz, enabled boolean NOT NULL, last_run_at timestamptz, total_run_count integer NOT NULL,
    date_changed timestamptz NOT NULL, description text NOT NULL,
    crontab_id integer REFERENCES django_celery_beat_crontabschedule, interval_id integer REFERENCES django_celery_beat_intervalschedule)`;

describe('the tables of an empty database', () => {
  it('are made once by several processes that start at the same time', async () => {
    await Promise.all(Array.from({ length: 6 }, () => start()));
    expect(await query(database.url, 'SELECT name FROM nestjs_celery_migrations ORDER BY 1')).toEqual(
      MIGRATIONS.map((name) => ({ name })),
    );
    expect(await triggers()).toHaveLength(12);
  });

  it('stand beside those of results, which are not made with them, nor they with those', async () => {
    const backend = typeormResults({ url: database.url })(adapterDeps());
    await backend.connect();
    expect((await tables()).filter((name) => /beat|schedule/.test(name))).toEqual([]);
    await backend.schedules?.open();
    expect(await tables()).toContain('public.django_celery_beat_periodictask');
    const id = await backend.schedules?.tasks.insert({ name: 'a', task: 't', schedules: [EVERY_MINUTE] });
    await backend.close();
    expect(await backend.schedules?.tasks.find({ ids: [id ?? 0] })).toHaveLength(1);
    await backend.schedules?.close();
    await database.drop();
    database = await createOwnDatabase();
    await start();
    expect((await tables()).filter((name) => name.includes('result'))).toEqual([]);
  });

  it('take the schema and the prefix that were asked for', async () => {
    const options = { schema: 'jobs', tablePrefix: 'celery_' };
    await start(options, ({ tasks }) => tasks.insert({ name: 'a', task: 't', schedules: [EVERY_MINUTE] }));
    await start({ ...options, migrate: 'check' });
    expect(await tables()).toEqual(
      ['clockedschedule', 'crontabschedule', 'intervalschedule', 'migrations', 'periodictask', 'periodictasks']
        .concat([
          'schedule_code_states',
          'schedule_lease',
          'schedule_policies',
          'schedule_runs',
          'schedule_states',
          'solarschedule',
        ])
        .map((name) => `jobs.celery_${name}`),
    );
  });

  it("stand in the schema of the application's DataSource", async () => {
    await start({ dataSource: new DataSource({ type: 'postgres', url: database.url, schema: 'app' }) });
    expect(await tables()).toContain('app.django_celery_beat_periodictask');
    expect(await tables()).toContain('app.nestjs_celery_schedule_runs');
  });

  it('agree with the entities, so that TypeORM finds nothing to change', async () => {
    await start();
    const options = { type: 'postgres' as const, url: database.url, entities: [...ENTITIES, ...SIDE_ENTITIES] };
    const dataSource = await new DataSource(options).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map((up) => up.query)).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it("are made by the application's own migration run, and then left to it", async () => {
    const options = { type: 'postgres', url: database.url, migrations: scheduleMigrations() } as const;
    const dataSource = await new DataSource(options).initialize();
    try {
      await dataSource.runMigrations();
      expect(await start({ migrate: 'check' })).toEqual([]);
      expect(await tables()).not.toContain('public.nestjs_celery_migrations');
      for (const _ of scheduleMigrations()) await dataSource.undoLastMigration();
      expect(await tables()).toEqual(['public.migrations']);
    } finally {
      await dataSource.destroy();
    }
  });

  it("are missed with migrate: 'check', which names the command and changes nothing", async () => {
    await expect(start({ migrate: 'check' })).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringMatching(/schedule tables .*InitialSchedules1700000000003.*npx nestjs-celery-migrate/),
    });
    expect(await tables()).toEqual([]);
  });

  it('are made beforehand by migrateSchedules()', async () => {
    await migrateSchedules({ url: database.url });
    expect(await start({ migrate: 'check' })).toEqual([]);
  });
});

describe('the tables of django-celery-beat 1.0', () => {
  beforeEach(() => query(database.url, DJANGO_1_0));

  it('are read with defaults for what they lack, and written without it', async () => {
    const crontab = {
      kind: 'crontab',
      minute: '0',
      hour: '4',
      dayOfMonth: '*',
      monthOfYear: '*',
      dayOfWeek: '*',
    } as const;
    await start({}, async ({ tasks }) => {
      const schedules = [{ ...crontab, timezone: 'Asia/Seoul' }];
      const id = await tasks.insert({
        name: 'a',
        task: 't',
        schedules,
        priority: 5,
        oneOff: true,
        headers: '{"a": 1}',
      });
      await tasks.update(id, { queue: 'q', startTime: new Date(), expireSeconds: 3 });
      expect(await tasks.page(0, 10)).toMatchObject([
        { id, queue: 'q', priority: null, oneOff: false, headers: '{}', startTime: null, expireSeconds: null },
      ]);
      expect(await tasks.find({ ids: [id] })).toMatchObject([{ schedules: [{ ...crontab, timezone: 'UTC' }] }]);
    });
    expect((await tables()).filter((name) => name.includes('django'))).toHaveLength(4);
  });

  it('refuse a kind of schedule that they do not have', async () => {
    await start({}, async ({ tasks }) => {
      const schedules = [{ kind: 'clocked', clockedTime: new Date() }] as const;
      await expect(tasks.insert({ name: 'a', task: 't', schedules })).rejects.toThrow(/clocked .*Django's migrate/);
    });
  });

  it('tell of edits', async () => {
    await start({}, async (schedules) => {
      const id = await schedules.tasks.insert({ name: 'a', task: 't', schedules: [EVERY_MINUTE] });
      let isTold = false;
      const stop = await schedules.watch((edit) => (isTold ||= edit !== 'all' && edit.ids.includes(id)));
      await query(database.url, `UPDATE django_celery_beat_intervalschedule SET every = 7`);
      await waitUntil('the edit is told', () => isTold);
      await stop();
    });
  });

  it('but something else are refused, naming what is missing', async () => {
    await query(database.url, 'ALTER TABLE django_celery_beat_periodictask DROP COLUMN kwargs');
    await expect(start()).rejects.toThrow(/lacks 'kwargs': it is none of django-celery-beat/);
  });
});

describe('tables of Django', () => {
  const django = async (): Promise<string> => {
    await start();
    await query(
      database.url,
      `DROP TABLE nestjs_celery_migrations, nestjs_celery_schedule_policies, nestjs_celery_schedule_states, nestjs_celery_schedule_code_states,
         nestjs_celery_schedule_runs, nestjs_celery_schedule_lease; DROP FUNCTION nestjs_celery_tell_schedules() CASCADE`,
    );
    const name = new URL(database.url).pathname.slice(1);
    await query(
      database.url,
      `CREATE ROLE guest_${name} LOGIN PASSWORD 'sesame'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest_${name};
       GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guest_${name}; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    );
    const url = new URL(database.url);
    url.username = `guest_${name}`;
    url.password = 'sesame';
    return url.href;
  };
  afterEach(async () => {
    const name = new URL(database.url).pathname.slice(1);
    await query(database.url, `DROP OWNED BY guest_${name}; DROP ROLE guest_${name}`).catch(() => {});
  });

  it('are used without triggers by a user who may make none, and edits are still seen', async () => {
    const url = await django();
    await query(database.url, `GRANT CREATE ON SCHEMA public TO ${new URL(url).username}`);
    const warnings = await start({ url }, async (schedules) => {
      let edits = 0;
      const stop = await schedules.watch(() => edits++);
      await query(
        database.url,
        `INSERT INTO django_celery_beat_periodictask
        (name, task, args, kwargs, enabled, total_run_count, date_changed, description, one_off, headers)
        VALUES ('a', 't', '[]', '{}', true, 0, now(), '', false, '{}')`,
      );
      await waitUntil('the edit is seen', () => edits > 0);
      await stop();
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^Edits of schedules are looked for each second.*permission denied/),
    ]);
    expect(warnings.join()).not.toContain('sesame');
    expect(await triggers()).toEqual([]);
  });

  it('are refused where ours may not be made beside them, naming the command', async () => {
    await expect(start({ url: await django() })).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringMatching(/^Tables of the schedules .*permission denied .*npx nestjs-celery-migrate/),
    });
  });

  it('can be emptied and altered as before', async () => {
    await start({}, ({ tasks }) =>
      tasks.insert({ name: 'a', task: 't', schedules: [EVERY_MINUTE], policy: { jitter: 1 } }),
    );
    const six = [
      'intervalschedule',
      'crontabschedule',
      'solarschedule',
      'clockedschedule',
      'periodictasks',
      'periodictask',
    ];
    await query(database.url, `TRUNCATE ${six.map((name) => `django_celery_beat_${name}`).join(', ')}`);
    await query(
      database.url,
      `ALTER TABLE django_celery_beat_periodictask ALTER COLUMN name TYPE varchar(300),
      ALTER COLUMN last_run_at TYPE timestamptz(3), ADD COLUMN novelty json`,
    );
    await start({}, async ({ tasks }) => {
      const id = await tasks.insert({ name: 'a', task: 't', schedules: [EVERY_MINUTE] });
      expect(await tasks.update(id, { queue: 'q' })).toBe(true);
      expect(await tasks.find({ ids: [id] })).toMatchObject([{ policy: null, state: null }]);
    });
  });
});
