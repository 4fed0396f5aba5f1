import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { waitUntil } from '@nestjs-celery/core/testing';
import type { TestProcess } from '../support/processes.js';
import { mailedCsv, mailsIn, SampleAppUser, startSampleApp } from '../support/sample-app.js';
import type { Post } from '../support/sample-app.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

jest.setTimeout(30_000);

describe('npm start', () => {
  let outbox: string;
  let app: TestProcess;
  let user: SampleAppUser;
  let admin: SampleAppUser;

  beforeAll(async () => {
    outbox = join(await mkdtemp(join(tmpdir(), 'sample-app-')), 'outbox');
    // Servers named in the environment are not asked: these do not exist.
    const elsewhere = { BROKER_URL: 'amqp://nowhere.invalid', DATABASE_URL: 'postgres://nowhere.invalid/none' };
    app = await startSampleApp('embedded', /Ctrl-C ends it/, {
      ...elsewhere,
      PORT: '0',
      OUTBOX: outbox,
      RESEND_EVERY: '1',
    });
    user = new SampleAppUser(/is at (\S+)/.exec(app.stdout())?.[1] ?? '');
    admin = new SampleAppUser(user.url, /Bearer ([^'\s]+)/.exec(app.stdout())?.[1]);
  }, 60_000);

  afterAll(() => rm(join(outbox, '..'), { recursive: true, force: true }));

  it('shows a page that says what to try', async () => {
    const page = await fetch(user.url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(html).toContain('<form id="report" action="/reports" method="post">');
    expect(html).toContain('href="/posts"');
  });

  it('counts a view in the background', async () => {
    const { id } = await user.writePost('Read me');
    expect((await user.get<Post>(`/posts/${id}`)).body).toMatchObject({ title: 'Read me', views: 0 });
    await waitUntil('the view is counted', async () => {
      const { body } = await user.get<Post[]>('/posts');
      return body.find((post) => post.id === id)?.views === 1;
    });
  });

  it('builds a report and mails it', async () => {
    await user.writePost('Said "so", and went');
    const report = await user.askForReport('you@example.org');
    const built = await user.finished(report);
    expect(built).toMatchObject({ state: 'SUCCESS', result: { mailTask: built.children?.[0]?.id } });
    const mailed = await user.finished(built.children?.[0]?.id ?? '');
    expect(mailed).toMatchObject({ state: 'SUCCESS', result: { to: 'you@example.org' } });
    const csv = await mailedCsv(outbox, report, 'you@example.org');
    expect(csv.split('\r\n')[0]).toBe('id,title,createdAt,views');
    expect(csv).toContain(',"Said ""so"", and went",');
  });

  it('sends what beat finds due', async () => {
    await app.waitForLog(/Task reports\.resend\[\S+\] succeeded/);
  });

  it('lets only those edit schedules who send the token that it prints', async () => {
    expect(await user.get('/periodic-tasks')).toMatchObject({
      status: 401,
      body: { message: "Send the ADMIN_TOKEN of this process as 'authorization: Bearer <token>'." },
    });
    expect((await admin.get('/periodic-tasks')).status).toBe(200);
  });

  it('runs a schedule that is made over HTTP, while beat runs on the embedded PostgreSQL', async () => {
    const made = await admin.post('/periodic-tasks', { name: 'each second', task: 'reports.resend', schedule: 1 });
    expect(made).toMatchObject({ status: 201, body: { name: 'each second', enabled: true } });
    const runs = await waitUntil('it has run twice', async () => {
      const { body } = await admin.get<{ status: string }[]>('/periodic-tasks/each%20second/history');
      return body.length > 1 && body.every(({ status }) => status === 'sent') && body;
    });
    expect(new Set(runs.map((run) => (run as { taskId?: string }).taskId)).size).toBe(runs.length);
    const { body } = await admin.get<{ tasks: { name: string }[] }>('/periodic-tasks?search=reports');
    const names = ['each second', 'reports.nightly', 'reports.resend'];
    expect(body.tasks.map(({ name }) => name)).toEqual(names);
    expect(await admin.send('DELETE', '/periodic-tasks/each%20second')).toMatchObject({ status: 204 });
    expect(await admin.get('/periodic-tasks/each%20second')).toMatchObject({ status: 404 });
  });

  it('tells a client what was wrong with a request', async () => {
    const report = { from: '2026-11-21', to: '2026-11-20', email: 'you@example.org' };
    expect(await user.post('/reports', report)).toMatchObject({
      status: 400,
      body: { message: [`to: must not be before 'from'`] },
    });
    expect(await user.post('/posts', { title: 'x' })).toMatchObject({
      status: 400,
      body: { message: ['body: is missing'] },
    });
    expect(await user.get('/posts/0')).toMatchObject({ status: 400 });
    expect(await user.get('/posts/2147483647')).toMatchObject({ status: 404 });
    expect(await user.get('/tasks/1')).toMatchObject({ status: 400 });
  });

  it('takes a form that is sent without the script', async () => {
    const body = new URLSearchParams({ title: 'From a form', body: 'x' });
    expect((await fetch(`${user.url}/posts`, { method: 'POST', body })).status).toBe(201);
  });

  (hasCurl ? it : it.skip)('prints lines that work when they are pasted', async () => {
    const lines =
      app
        .stdout()
        .match(/^ {4}.*$/gm)
        ?.join('\n') ?? '';
    const { stdout, stderr } = await promisify(execFile)('sh', ['-ec', lines]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/"title":"Hello".*"title":.*"state":"(SUCCESS|PENDING)".*\.eml/s);
  });

  it('shows why a task failed', async () => {
    const before = await mailsIn(outbox);
    expect(before).not.toEqual([]);
    await rm(outbox, { recursive: true });
    await writeFile(outbox, 'a file where the folder should be');
    const built = await user.finished(await user.askForReport('you@example.org'));
    const mailed = await user.finished(built.children?.[0]?.id ?? '');
    expect(mailed).toMatchObject({
      state: 'FAILURE',
      error: { type: 'Error', message: expect.stringContaining('EEXIST') },
    });
  });

  it('stops cleanly on SIGTERM', async () => {
    expect(await app.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(app.logs()).not.toMatch(/error.*shutdown|unhandled/i);
  });
});
