import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BeatHealth } from '@nestjs-celery/core/beat';
import { waitUntil } from '@nestjs-celery/core/testing';
import { BeatRows } from '../support/beat-rows.js';
import { BeatSpy } from '../support/beat-spy.js';
import { startNodeBeat } from '../support/node-beat.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { query } from '../support/query.js';

const OFTEN = 'of code: interval';
const SELDOM = 'of code: crontab';
const DAY = 86_400_000;

/** The schedule file. */
interface Filed {
  tz: string;
  entries: Record<string, { progress: { since: string; totalRunCount: number } }>;
}

let database: OwnDatabase;
let folder: string;

beforeAll(async () => {
  database = await createOwnDatabase();
  folder = mkdtempSync(join(tmpdir(), 'nestjs-celery-beat-process-'));
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** A beat with these flags, whose entries go to a queue of the spec's own. */
function startBeat(flags: string[], { queue = ownQueue(), ready }: { queue?: string; ready?: RegExp } = {}) {
  return startNodeBeat({ databaseUrl: database.url, queue, flags, ...(ready && { ready }) });
}

describe('beat with -S file -s FILE', () => {
  let spy: BeatSpy;
  let file: string;
  const filed = () => JSON.parse(readFileSync(file, 'utf8')) as Filed;
  const start = () => startBeat(['-S', 'file', '-s', file], { queue: spy.queue });

  beforeAll(async () => {
    spy = await new BeatSpy().open();
    file = join(folder, 'schedule.json');
  });

  afterAll(() => spy.close());

  it('says so in its banner, writes how far each entry has come, and touches no database', async () => {
    const beat = await start();
    expect(beat.stdout()).toMatch(/^celery beat .* is starting\.$/m);
    expect(beat.stdout()).toContain(`. scheduler -> file ${file}\n`);
    expect(beat.stdout()).toContain('. maxinterval -> 5 minutes (300s)\n');
    await spy.came(OFTEN, 2);
    expect(await beat.stop()).toEqual({ code: 0, signal: null });
    expect(Object.keys(filed().entries)).toEqual(expect.arrayContaining([OFTEN, SELDOM, 'of code: solar']));
    expect(filed().entries[OFTEN]?.progress.totalRunCount).toBe(spy.count(OFTEN));
    const tables = await query(database.url, `SELECT 1 FROM pg_tables WHERE tablename LIKE '%celery%'`);
    expect(tables).toEqual([]);
  });

  it('goes on from the file: what was due while no beat ran is sent once, and not again after another start', async () => {
    const before = filed();
    const runs = before.entries[OFTEN]?.progress.totalRunCount ?? 0;
    const seldom = before.entries[SELDOM];
    if (!seldom) throw new Error('The file does not have the entry.');
    seldom.progress.since = new Date(Date.now() - 15 * DAY).toISOString();
    writeFileSync(file, JSON.stringify(before));

    for (let starts = 0; starts < 2; starts++) {
      const beat = await start();
      await spy.came(SELDOM);
      await spy.more(OFTEN);
      expect(await beat.stop()).toEqual({ code: 0, signal: null });
    }
    expect(spy.count(SELDOM)).toBe(1);
    expect(filed().entries[SELDOM]?.progress).toMatchObject({ totalRunCount: 1 });
    expect(filed().entries[OFTEN]?.progress.totalRunCount).toBe(spy.count(OFTEN));
    expect(spy.count(OFTEN)).toBeGreaterThan(runs);
  });
});

describe("beat's flags", () => {
  it("take django-celery-beat's name for the database, and --max-interval", async () => {
    const flags = ['-S', 'django_celery_beat.schedulers:DatabaseScheduler', '--max-interval', '3'];
    const beat = await startBeat(flags);
    expect(beat.stdout()).toMatch(/\. scheduler -> database postgres:\/\/\w+:\*\*@\S+\n/);
    expect(beat.stdout()).toContain('. maxinterval -> 3 seconds (3s)\n');
    expect(await beat.stop()).toEqual({ code: 0, signal: null });
    const sql = 'SELECT name FROM django_celery_beat_periodictask ORDER BY name';
    const names = (await query<{ name: string }>(database.url, sql)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([SELDOM, OFTEN]));
  });

  it.each([
    [['-S', 'proj.schedulers:Redis'], /^beat: beatScheduler \(-S\) is 'proj\.schedulers:Redis': use 'database', .*$/m],
    [['--max-interval', 'often'], /^beat: .*--max-interval.*'often'.*$/m],
    [['--detach'], /^beat: .*--detach.*$/m],
  ])('that beat does not know are refused in one line, with exit code 1: %j', async (flags, line) => {
    const beat = await startBeat(flags, { ready: line });
    expect(await beat.exit).toEqual({ code: 1, signal: null });
    expect(beat.logs().trim().split('\n')).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('or none: %s ends it with exit code 0', async (signal) => {
    const beat = await startBeat([]);
    expect(await beat.stop(signal)).toEqual({ code: 0, signal: null });
    expect(beat.logs()).toContain('beat: Shutting down...');
  });
});

describe('beat with --pidfile', () => {
  it("lets no second one start, in Celery's words, takes the place of a dead one, and leaves nothing", async () => {
    const pidfile = join(folder, 'beat.pid');
    const flags = ['--pidfile', pidfile, '-S', 'file', '-s', join(folder, 'pidfile.json')];
    const first = await startBeat(flags);
    expect(readFileSync(pidfile, 'utf8')).toBe(`${first.pid}\n`);

    const second = await startBeat(flags, { ready: /Seems/ });
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.logs()).toContain(`ERROR: Pidfile (${pidfile}) already exists.\n`);
    expect(second.logs()).toContain(`Seems we're already running? (pid: ${first.pid})`);
    expect(readFileSync(pidfile, 'utf8')).toBe(`${first.pid}\n`);

    await first.kill();
    expect(existsSync(pidfile)).toBe(true);
    const third = await startBeat(flags);
    expect(third.logs()).toContain('Stale pidfile exists - Removing it.\n');
    expect(readFileSync(pidfile, 'utf8')).toBe(`${third.pid}\n`);
    expect(await third.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(pidfile)).toBe(false);
  });
});

describe('worker -B', () => {
  const startWorker = (queue: string, flags: string[]) =>
    startNodeWorker({
      entry: 'periodic-worker',
      databaseUrl: database.url,
      queues: [queue],
      settings: { PERIODIC_QUEUE: queue },
      flags: ['-B', ...flags],
    });

  it('sends what is due from a file, and runs it', async () => {
    const file = join(folder, 'worker.json');
    const worker = await startWorker(ownQueue(), ['--scheduler', 'file', '-s', file]);
    await worker.waitForLog(/Task interop\.tasks\.add\[\S+\] succeeded/);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    const filed = JSON.parse(readFileSync(file, 'utf8')) as Filed;
    expect(filed.entries[OFTEN]?.progress.totalRunCount).toBeGreaterThan(0);
  });

  it('sends what is due from the database, stands by while another leads, and lets go of the lease', async () => {
    const queue = ownQueue();
    const worker = await startWorker(queue, []);
    await worker.waitForLog(/Task interop\.tasks\.add\[\S+\] succeeded/);
    const other = await startWorker(queue, []);
    await other.waitForLog('beat: Standing by');
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await other.waitForLog('Sending due task');
    expect(await other.stop()).toEqual({ code: 0, signal: null });
    const [lease] = await query(database.url, 'SELECT owner FROM nestjs_celery_schedule_lease');
    expect(lease).toEqual({ owner: null });
    const runs = await new BeatRows(database.url).runs();
    expect(runs.filter(({ status }) => status !== 'sent')).toEqual([]);
  });
});

describe("beat's health", () => {
  const startHealth = () => startNodeBeat({ entry: 'health-beat', databaseUrl: database.url, queue: ownQueue() });

  async function healthOf(beat: TestProcess): Promise<BeatHealth> {
    const answers = () => [...beat.stdout().matchAll(/^health (.*)$/gm)];
    const before = answers().length;
    beat.signal('SIGUSR2');
    const answer = await waitUntil('it answers', () => answers()[before]);
    return JSON.parse(answer[1] ?? '') as BeatHealth;
  }

  it('tells who leads, how many entries it has and when it ticks, and who stands by', async () => {
    const leader = await startHealth();
    const standby = await startHealth();
    await standby.waitForLog('Standing by');
    const health = await healthOf(leader);
    expect(health).toMatchObject({ state: 'leading', entries: expect.any(Number) });
    expect(health.entries).toBeGreaterThanOrEqual(4);
    expect(Date.now() - new Date(health.lastTick ?? 0).getTime()).toBeLessThan(5_000);
    expect(await healthOf(standby)).toEqual({ state: 'standby', entries: 0 });
    await leader.stop();
    await waitUntil('the other leads', async () => (await healthOf(standby)).state === 'leading');
    await standby.stop();
  });
});
