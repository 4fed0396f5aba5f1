import { amqp } from '@nestjs-celery/amqp';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { BeatRows } from '../support/beat-rows.js';
import { BeatSpy } from '../support/beat-spy.js';
import { consume, durableQueue } from '../support/consume.js';
import { startNodeBeat } from '../support/node-beat.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { describeWithServer, startOwnServer } from '../support/own-server.js';
import type { TestProcess } from '../support/processes.js';
import { query } from '../support/query.js';
import { amqpUrl, databaseUrl } from '../support/servers.js';
import { startProxy } from '../support/tcp-proxy.js';

const TIMEOUT = 90_000;
const NAMES = ['first', 'second', 'third'];
/** What an edit may take to be seen, and what a busy machine adds. */
const SOON_MS = 2_000;

const startBeat = (databaseUrl: string, settings: Record<string, string> = {}) =>
  startNodeBeat({ entry: 'chaos-beat', databaseUrl, settings });

/** No due time has two ids, no id was sent twice, and nothing was sent that is not written down. */
async function expectNothingTwice(rows: BeatRows, spy: BeatSpy): Promise<void> {
  const ids = spy.sent.map(({ id }) => id);
  const runs = await rows.runs();
  expect(new Set(runs.map(({ task_id }) => task_id)).size).toBe(runs.length);
  expect(new Set(ids).size).toBe(ids.length);
  expect(runs.map(({ task_id }) => task_id)).toEqual(expect.arrayContaining(ids));
}

describeWithServer('postgresql')('beat, when PostgreSQL goes', () => {
  let server: Awaited<ReturnType<typeof startOwnServer>>;
  let rows: BeatRows;
  let spy: BeatSpy;
  let leader: TestProcess;
  let standby: TestProcess;

  beforeAll(async () => {
    server = await startOwnServer('postgresql');
    rows = new BeatRows(server.url);
    spy = await new BeatSpy().open();
    leader = await startBeat(server.url);
    standby = await startBeat(server.url);
    await standby.waitForLog('Standing by');
    const interval = await rows.interval();
    for (const name of NAMES) await rows.task(name, { interval_id: interval, queue: spy.queue });
  }, TIMEOUT);

  afterAll(() => spy.close());

  /** Every entry has had a run that was claimed since. */
  async function goesOn(since: Date): Promise<boolean> {
    const runs = await rows.runs();
    const again = runs.filter(({ status, claimed_at }) => status === 'sent' && claimed_at > since);
    return new Set(again.map(({ name }) => name)).size >= NAMES.length;
  }

  /** How often the leader has said it: once for each outage that it notices. */
  const said = (line: string) => leader.logs().split(line).length - 1;

  it.each<[string, string[]]>([
    [
      'is away for some seconds',
      ['what is due cannot be claimed, trying again', 'the lease cannot be renewed just now'],
    ],
    ['restarts at once', []],
  ])(
    'and %s: goes on within 3 seconds, sends nothing twice, and sees what was edited right after',
    async (outage, complaints) => {
      await waitUntil('the first runs', () => NAMES.every((name) => spy.count(name) > 1));
      const before = complaints.map(said);
      await server.crash();
      const crashed = new Date();
      await waitUntil('it is missed', () => complaints.every((line, n) => said(line) > (before[n] ?? 0)));
      await server.start();
      const back = performance.now();
      await rows.taskDueNow(outage, { queue: spy.queue });
      await spy.came(outage);
      expect(performance.now() - back).toBeLessThan(SOON_MS);
      await waitUntil('all go on', () => goesOn(crashed));
      expect(performance.now() - back).toBeLessThan(3_000);
      await expectNothingTwice(rows, spy);
      expect([leader.hasEnded, standby.hasEnded]).toEqual([false, false]);
      expect(standby.logs()).not.toContain('Sending due task');
    },
    TIMEOUT,
  );

  it(
    'and comes back: the standby takes over from a leader that stops, and sends nothing twice',
    async () => {
      expect(await leader.stop()).toMatchObject({ code: 0 });
      expect(await spy.more('first', 2)).toBeLessThan(5_000);
      await expectNothingTwice(rows, spy);
      expect(await standby.stop()).toMatchObject({ code: 0 });
    },
    TIMEOUT,
  );
});

describeWithServer('rabbitmq')('beat, when RabbitMQ goes for some seconds', () => {
  let server: Awaited<ReturnType<typeof startOwnServer>>;
  let database: OwnDatabase;

  beforeAll(async () => {
    server = await startOwnServer('rabbitmq');
    database = await createOwnDatabase();
  }, TIMEOUT);

  afterAll(() => database.drop());

  /** Everything that is in the queue. */
  async function idsIn(queue: string, count: number): Promise<string[]> {
    const broker = amqp(server.url)(adapterDeps());
    await broker.declare(durableQueue(queue));
    const { received } = await consume(broker, queue, { noAck: true });
    const deliveries = await received(count);
    await broker.close();
    return deliveries.map(({ message }) => String(message.headers['id']));
  }

  it(
    'sends what was due then under the id of then, one run or each of them by their policy, and loses and doubles none',
    async () => {
      const rows = new BeatRows(database.url);
      const beat = await startBeat(database.url, { CELERY_BROKER_URL: server.url });
      const interval = await rows.interval();
      const all = await rows.task('each', { interval_id: interval, queue: 'q' });
      await query(
        database.url,
        `INSERT INTO nestjs_celery_schedule_policies (periodic_task_id, misfire) VALUES ($1, 'fire-all')`,
        [all],
      );
      await rows.task('one', { interval_id: interval, queue: 'q' });
      const runsOf = async (name: string) => (await rows.runs()).filter((run) => run.name === name);
      // between two runs, so that no confirm is lost
      await waitUntil('both have run twice', async () => {
        const [each, one] = [await runsOf('each'), await runsOf('one')];
        return [...each, ...one].every(({ status }) => status === 'sent') && each.length > 1 && one.length > 1;
      });
      await server.crash();
      await waitUntil('it is missed', () => beat.logs().split("Couldn't apply scheduled task one").length > 3);
      const waiting = (await rows.runs()).filter(({ status }) => status === 'claimed');
      expect(waiting.map(({ name }) => name)).toEqual(expect.arrayContaining(['each', 'one']));

      await server.start();
      const back = new Date();
      await waitUntil('both go on', async () => {
        const runs = (await rows.runs()).filter(({ status, due_at }) => status === 'sent' && due_at > back);
        return new Set(runs.map(({ name }) => name)).size === 2;
      });
      expect(await beat.stop()).toMatchObject({ code: 0 });
      const [each, one] = [await runsOf('each'), await runsOf('one')];
      expect([...each, ...one]).toEqual(expect.arrayContaining(waiting.map((run) => ({ ...run, status: 'sent' }))));
      expect(each.map(({ due_at }) => due_at.getTime() - (each[0]?.due_at.getTime() ?? 0))).toEqual(
        each.map((_, n) => n * 1000),
      );
      expect(one.length).toBeLessThan(each.length);
      const ids = [...each, ...one].map(({ task_id }) => task_id);
      expect((await idsIn('q', ids.length)).toSorted()).toEqual(ids.toSorted());
    },
    TIMEOUT,
  );
});

describe('beat, when its connection to PostgreSQL is cut', () => {
  let database: OwnDatabase;
  let rows: BeatRows;
  let spy: BeatSpy;

  beforeAll(async () => {
    database = await createOwnDatabase();
    rows = new BeatRows(database.url);
    spy = await new BeatSpy().open();
  });

  afterAll(async () => {
    await spy.close();
    await database.drop();
  });

  /** The connection that hears of edits. */
  async function listener(): Promise<number | undefined> {
    const [row] = await query<{ pid: number }>(
      database.url,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`,
    );
    return row?.pid;
  }

  it(
    'still sees an edit within about a second, and hears of edits again; where it dies without a word, in twenty',
    async () => {
      const proxy = await startProxy(database.url);
      const url = new URL(database.url);
      url.host = proxy.address;
      const beat = await startBeat(url.href);
      const before = await waitUntil('it listens', listener);

      await query(database.url, 'SELECT pg_terminate_backend($1)', [before]);
      await rows.taskDueNow('its listener was ended', { queue: spy.queue });
      expect(await spy.came('its listener was ended')).toBeLessThan(SOON_MS);
      expect(await waitUntil('it listens again', listener)).not.toBe(before);

      proxy.cut();
      await rows.taskDueNow('all were cut', { queue: spy.queue });
      expect(await spy.came('all were cut')).toBeLessThan(SOON_MS);
      await waitUntil('it listens once more', listener);
      await rows.taskDueNow('it hears', { queue: spy.queue });
      await spy.came('it hears');

      proxy.freeze(); // nobody answers, and nobody is told
      await rows.taskDueNow('nobody answered', { queue: spy.queue });
      expect(await spy.came('nobody answered')).toBeLessThan(20_000);
      await waitUntil('it listens', listener);
      await expectNothingTwice(rows, spy);
      expect(await beat.stop()).toMatchObject({ code: 0 });
    },
    TIMEOUT,
  );
});

describe('beat, when there is no server at its start', () => {
  const nowhere = (url: string) => Object.assign(new URL(url), { port: '1' }).href;
  const stranger = (url: string) => Object.assign(new URL(url), { password: 'wrong-secret' }).href;

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'nobody at the address of the database',
      () => ({ CELERY_RESULT_BACKEND: nowhere(databaseUrl()) }),
      /^beat: The database of schedules postgres:\S+:1\/\S+ cannot be used: .*ECONNREFUSED.*Is it running/m,
    ],
    [
      'a database that refuses the password',
      () => ({ CELERY_RESULT_BACKEND: stranger(databaseUrl()) }),
      /^beat: The database of schedules .* cannot be used: .*Correct the user, the password or the database/m,
    ],
    [
      'a broker that refuses the password',
      () => ({ CELERY_BROKER_URL: stranger(amqpUrl()) }),
      /^beat: The broker refused the login guest@.* Correct user, password or vhost\.$/m,
    ],
    [
      'nobody at the address of the broker, and it is not to wait',
      () => ({ CELERY_BROKER_URL: nowhere(amqpUrl()), CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP: 'false' }),
      /^beat: Cannot connect to amqp:\S+:1\/\S*: .*ECONNREFUSED/m,
    ],
  ])('says so in one line, and ends with 1: %s', async (_, settings, line) => {
    const options = { entry: 'chaos-beat', databaseUrl: databaseUrl(), flags: ['-q', '-l', 'warning'] };
    const beat = await startNodeBeat({ ...options, settings: settings(), ready: line });
    expect(await beat.exit).toEqual({ code: 1, signal: null });
    expect(beat.logs().trim().split('\n')).toHaveLength(1);
    expect(beat.logs()).not.toContain('wrong-secret');
  });

  it('says so and waits, where it is the broker that is away', async () => {
    const database = await createOwnDatabase();
    const settings = { CELERY_BROKER_URL: nowhere(amqpUrl()) };
    const beat = await startBeat(database.url, settings);
    expect(beat.logs()).toMatch(/ERROR .*beat: Connection error: Cannot connect to amqp:\S+:1\//);
    expect(await beat.stop()).toMatchObject({ code: 0 });
    await database.drop();
  });
});
