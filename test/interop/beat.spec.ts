import { amqp } from '@nestjs-celery/amqp';
import { CeleryApp, compileConfig, type Delivery } from '@nestjs-celery/core';
import { PeriodicTasks } from '@nestjs-celery/core/periodic-tasks';
import { crontab } from '@nestjs-celery/core/schedules';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { typeormSchedules } from '@nestjs-celery/typeorm';
import { consume, durableQueue } from '../support/consume.js';
import { startNodeBeat } from '../support/node-beat.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { startPythonBeat } from '../support/python-beat.js';
import { PythonPeriodic } from '../support/python-periodic.js';
import { migratePython, PYTHON_TIMEOUT, type PythonSettings } from '../support/python.js';
import { query } from '../support/query.js';
import { amqpUrl } from '../support/servers.js';

const TASK = 'interop.tasks.add';
const TIMEOUT = 90_000;
const EVERY_SECOND = { interval: { every: 1, period: 'seconds' } } as const;
const OF_CODE = ['clocked', 'crontab', 'interval', 'solar'].map((kind) => `of code: ${kind}`);

/** What a worker would read in it. */
function read(delivery: Delivery | undefined) {
  if (!delivery) throw new Error('There is no message.');
  const { body, headers, properties } = delivery.message;
  const [args, kwargs] = JSON.parse(body.toString()) as [unknown, unknown];
  return { args, kwargs, headers, priority: properties.priority };
}

const EVERY_MINUTE = { minute: '*', hour: '*', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' } as const;
/** They are no places. */
const ONLY_PYTHON = ['Factory', 'localtime'];

const crontabRow = (timezone: string) => ({ kind: 'crontab', ...EVERY_MINUTE, timezone }) as const;

function isZone(timezone: string): boolean {
  try {
    return crontab({ timezone }) !== undefined;
  } catch {
    return false;
  }
}

/** The same rows under both beats, one after the other: Django's under ours, ours under Django's. */
describe("beat's rows, ours and Django's", () => {
  const broker = amqp(amqpUrl())(adapterDeps());
  const beats: TestProcess[] = [];
  let database: OwnDatabase;
  let settings: PythonSettings;
  let periodic: PythonPeriodic;

  beforeAll(async () => {
    database = await createOwnDatabase();
    settings = { databaseUrl: database.url };
    await migratePython(settings);
    periodic = new PythonPeriodic(settings);
    await broker.connect();
  }, PYTHON_TIMEOUT);

  afterEach(async () => {
    await Promise.all(beats.splice(0).map((beat) => beat.stop()));
  });

  afterAll(async () => {
    await broker.close();
    await database?.drop();
  });

  /** A queue that is there, and what arrives in it. */
  async function arrivals(queue = ownQueue()) {
    await broker.declare(durableQueue(queue));
    return { queue, ...(await consume(broker, queue, { noAck: true })) };
  }

  async function startOurs(): Promise<{ queue: string; beat: TestProcess }> {
    const queue = ownQueue();
    const beat = await startNodeBeat({ databaseUrl: database.url, queue });
    beats.push(beat);
    return { queue, beat };
  }

  it(
    "fires Django's row as it says, follows the edits of Django's ORM and admin, and leaves the row valid",
    async () => {
      const [first, second] = [await arrivals(), await arrivals()];
      const name = 'of Django';
      await startOurs();
      const columns = {
        args: '[1, 2]',
        kwargs: '{"x": "ü"}',
        headers: '{"tenant": "x"}',
        priority: 3,
        expire_seconds: 60,
      };
      await periodic.make({ name, task: TASK, ...EVERY_SECOND, ...columns, queue: first.queue });
      const [delivery] = await first.received(1);
      expect(read(delivery)).toMatchObject({
        args: [1, 2],
        kwargs: { x: 'ü' },
        headers: { task: TASK, retries: 0, expires: expect.any(String), periodic_task_name: name, tenant: 'x' },
        priority: 3,
      });

      await periodic.edit(name, { queue: second.queue });
      await second.received(2);
      const [, errors, formErrors, off] = await Promise.all([
        periodic.act('disable', name),
        periodic.check(name),
        periodic.checkForm(name),
        periodic.row(name),
      ]);
      expect([errors, formErrors]).toEqual([{}, {}]);
      expect(off).toMatchObject({ enabled: false });
      expect(off?.total_run_count).toBeGreaterThanOrEqual(3);
      await Promise.all([first.session.close(), second.session.close()]);
    },
    TIMEOUT,
  );

  it(
    "has rows of code that Django finds valid in its ORM and its admin, and that fire under Django's beat",
    async () => {
      const { queue, beat } = await startOurs();
      const ours = await arrivals(queue);
      const [sent] = await ours.received(1);
      expect(read(sent).headers).toMatchObject({ periodic_task_name: 'of code: interval' });
      await beat.stop();
      await ours.session.close();

      const rows = await periodic.list();
      expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(OF_CODE));
      const judged = rows.flatMap(({ name }) => [periodic.check(name), periodic.checkForm(name)]);
      expect(await Promise.all(judged)).toEqual(judged.map(() => ({})));
      const entry = await periodic.entry('of code: crontab');
      expect(entry).toMatchObject({ task: TASK, kwargs: { x: 1, y: 2 }, options: { queue, priority: 5, expires: 60 } });
      expect(entry.options.headers).toEqual({ tenant: 'x', periodic_task_name: 'of code: crontab' });
      const runs = (await periodic.row('of code: interval'))?.total_run_count ?? 0;
      expect(runs).toBeGreaterThan(0);

      // Python's ephem, without which a solar row ends its beat, is not among what the suite fetches
      await periodic.delete('of code: solar');
      const theirs = await arrivals(queue);
      const pythonBeat = await startPythonBeat(settings);
      // what ours has sent last may still be in the queue; at its first tick Django's beat may forget what it counted, for a reload
      const isTheirs = ({ message }: Delivery) => message.headers['lang'] === 'py';
      const delivery = await waitUntil("Django's beat has sent it", () => theirs.deliveries.filter(isTheirs)[1]);
      await pythonBeat.stop();
      const headers = { task: TASK, periodic_task_name: 'of code: interval' };
      expect(read(delivery)).toMatchObject({ args: [1, 2], headers });
      expect((await periodic.row('of code: interval'))?.total_run_count).toBeGreaterThan(runs);
      await theirs.session.close();
    },
    TIMEOUT,
  );

  it(
    'takes the time zones that Django takes, and none that would break its list of schedules',
    async () => {
      const schedules = typeormSchedules({ url: database.url })(adapterDeps());
      const app = new CeleryApp({ config: compileConfig({}), broker, backend: undefined });
      const tasks = new PeriodicTasks({ database: schedules, app });
      const make = (timezone: string) =>
        tasks.create({ name: timezone, task: TASK, enabled: false, schedule: crontabRow(timezone) });
      const refused = ['asia/seoul', 'ASIA/KOLKATA', '+09:00', 'PST'];
      const fields = { timezone: expect.anything() };
      for (const timezone of refused) await expect(make(timezone)).rejects.toMatchObject({ fields });
      const taken = ['Asia/Seoul', 'Asia/Kolkata', 'US/Alaska', 'NZ-CHAT'];
      for (const timezone of taken) await make(timezone);
      await schedules.close();

      const [rows, zones] = await Promise.all([periodic.list(), periodic.zones(), periodic.delete(...taken)]);
      expect(rows.map(({ schedule }) => schedule?.['timezone'])).toEqual(expect.arrayContaining(taken));
      expect(zones.filter((zone) => !isZone(zone) && !ONLY_PYTHON.includes(zone))).toEqual([]);
      const others = zones.flatMap((zone) => [zone.toLowerCase(), zone.toUpperCase()]);
      expect(others.filter((zone) => isZone(zone) && !zones.includes(zone))).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    "fires Django's one-off row once, and disables it as Django does",
    async () => {
      const once = await arrivals();
      const name = 'once';
      const clocked = { clocked_time: new Date(Date.now() + 2000).toISOString() };
      await Promise.all([startOurs(), periodic.make({ name, task: TASK, clocked, one_off: true, queue: once.queue })]);
      await once.received(1);
      const isOff = async () => {
        const sql = 'SELECT enabled, total_run_count AS runs FROM django_celery_beat_periodictask WHERE name = $1';
        const [row] = await query<{ enabled: boolean; runs: number }>(database.url, sql, [name]);
        return row && !row.enabled && row;
      };
      expect(await waitUntil('it is disabled', isOff)).toMatchObject({ runs: 0 });
      expect(await periodic.check(name)).toEqual({});
      expect(once.deliveries).toHaveLength(1);
      await once.session.close();
    },
    TIMEOUT,
  );
});
