import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { waitUntil } from '@nestjs-celery/core/testing';
import { DataSource } from 'typeorm';
import { Post as PostRow } from '../../sample-app/src/posts/post.entity.js';
import { Report } from '../../sample-app/src/reports/report.entity.js';
import { celeryClient } from '../support/celery-client.js';
import { createOwnDatabase } from '../support/own-database.js';
import type { OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { query } from '../support/query.js';
import { mailedCsv, mailsIn, SampleAppUser, startSampleApp } from '../support/sample-app.js';
import type { Post } from '../support/sample-app.js';
import { amqpUrl } from '../support/servers.js';

jest.setTimeout(60_000);

describe('the sample app on real servers, in three processes', () => {
  let database: OwnDatabase;
  let outbox: string;
  let processes: TestProcess[];
  let user: SampleAppUser;
  let queue: string;

  beforeAll(async () => {
    database = await createOwnDatabase();
    queue = ownQueue();
    outbox = await mkdtemp(join(tmpdir(), 'sample-app-outbox-'));
    const env = {
      AMQP_URL: amqpUrl(),
      DATABASE_URL: database.url,
      QUEUE: queue,
      MAIL_QUEUE: ownQueue(),
      OUTBOX: outbox,
      RESEND_EVERY: '2',
      ADMIN_TOKEN: 'let me in',
      PORT: '0',
    };
    // All at once: whoever comes first makes the tables.
    processes = await Promise.all([
      startSampleApp('main', /open http/, env),
      startSampleApp('worker', /ready\./, env, '-l', 'info'),
      startSampleApp('beat', /beat: Starting/, env, '-l', 'info'),
    ]);
    user = new SampleAppUser(/open (\S+)/.exec(processes[0]?.stdout() ?? '')?.[1] ?? '');
  }, 120_000);

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    await database.drop();
    await rm(outbox, { recursive: true });
  });

  it('counts a view in the background', async () => {
    const { id } = await user.writePost('Read me');
    await user.get(`/posts/${id}`);
    await waitUntil('the view is counted', async () => {
      const { body } = await user.get<Post[]>('/posts');
      return body.find((post) => post.id === id)?.views === 1;
    });
  });

  it('builds a report, mails it, and leaves both results where Django finds them', async () => {
    const report = await user.askForReport('you@example.org');
    const built = await user.finished(report);
    expect(built).toMatchObject({ state: 'SUCCESS', result: { posts: 1 } });
    const mailTask = built.children?.[0]?.id ?? '';
    expect(await user.finished(mailTask)).toMatchObject({ state: 'SUCCESS', result: { to: 'you@example.org' } });
    expect(await mailedCsv(outbox, report, 'you@example.org')).toMatch(
      /^id,title,createdAt,views\r\n1,Read me,\S+,1\r\n$/,
    );

    const rows = await query(
      database.url,
      'SELECT task_id, task_name, status, task_args FROM django_celery_results_taskresult WHERE task_id = ANY($1) ORDER BY task_name',
      [[report, mailTask]],
    );
    const expected = { status: 'SUCCESS', task_args: expect.stringContaining(report) };
    expect(rows).toEqual([
      { ...expected, task_id: report, task_name: 'reports.build' },
      { ...expected, task_id: mailTask, task_name: 'reports.mail' },
    ]);
  });

  it('measures its tasks, checks their arguments, and tells the editor of a report that could not be built', async () => {
    await processes[1]?.waitForLog(/Stopwatch.*reports\.build took \d+ ms/);
    const celery = celeryClient(database.url);
    try {
      const invalid = await celery.sendTask('reports.build', ['the newest'], { queue });
      await expect(invalid.get({ timeout: 25 })).rejects.toThrow('reports.build(): args[0]: must be a UUID');
      const unknown = await celery.sendTask('reports.build', ['6ba7b810-9dad-41d1-80b4-00c04fd430c8'], { queue });
      for (const { id } of [invalid, unknown]) {
        await waitUntil('the editor has the mail', async () => (await mailsIn(outbox)).includes(`alert-${id}.eml`));
      }
    } finally {
      await celery.close();
    }
  });

  it('keeps no result of a task that nobody asks about', async () => {
    const rows = await query(
      database.url,
      `SELECT 1 FROM django_celery_results_taskresult WHERE task_name = 'posts.count_view'`,
    );
    expect(rows).toEqual([]);
  });

  it('sends again, every so many seconds, what was asked for while the broker was away', async () => {
    const [row] = await query<{ id: string }>(
      database.url,
      `INSERT INTO report (from_day, to_day, email, created_at)
       VALUES ('2020-01-01', '2020-01-02', 'late@example.org', now() - interval '2 minutes') RETURNING id`,
    );
    await waitUntil('the late report is mailed', async () => (await mailsIn(outbox)).includes(`${row?.id}.eml`));
    const [schedule] = await query<{ times: number }>(
      database.url,
      `SELECT count(*)::int AS times FROM django_celery_results_taskresult
       WHERE task_name = 'reports.resend' AND periodic_task_name = 'reports.resend' AND status = 'SUCCESS'`,
    );
    expect(schedule?.times).toBeGreaterThan(0);
  });

  it('runs a schedule that is made over HTTP: the web process makes it, beat sends it, the worker runs it', async () => {
    const schedule = { name: 'each second', task: 'reports.resend', schedule: 1 };
    expect(await user.post('/periodic-tasks', schedule)).toMatchObject({ status: 401 });
    const admin = new SampleAppUser(user.url, 'let me in');
    expect(await admin.post('/periodic-tasks', schedule)).toMatchObject({ status: 201 });
    expect(await admin.post('/periodic-tasks', schedule)).toMatchObject({ status: 409 });
    const sql = `SELECT task_id FROM django_celery_results_taskresult
      WHERE periodic_task_name = 'each second' AND status = 'SUCCESS'`;
    const [result] = await waitUntil('it has run', async () => {
      const rows = await query<{ task_id: string }>(database.url, sql);
      return rows.length > 0 && rows;
    });
    const { body } = await admin.get<{ taskId: string }[]>('/periodic-tasks/each%20second/history');
    expect(body.map(({ taskId }) => taskId)).toContain(result?.task_id);
    expect(await admin.send('POST', '/periodic-tasks/each%20second/disable')).toMatchObject({
      status: 200,
      body: { enabled: false },
    });
    const faulty = { name: 'faulty', task: 'reports.resend', schedule: { kind: 'crontab', minute: '61' } };
    expect(await admin.post('/periodic-tasks', faulty)).toMatchObject({ status: 422, body: { fields: {} } });
  });

  it('has migrations that make what its entities describe', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: database.url, entities: [PostRow, Report] });
    await dataSource.initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('stops cleanly on SIGINT, each of the three', async () => {
    const exits = await Promise.all(processes.map((process) => process.stop('SIGINT')));
    // a worker exits with 1 then, as Celery's does
    expect(exits).toEqual([0, 1, 0].map((code) => ({ code, signal: null })));
  });
});
