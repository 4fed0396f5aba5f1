import { amqp } from '@nestjs-celery/amqp';
import { peekTask } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { consume, durableQueue } from '../support/consume.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { startPythonBeat } from '../support/python-beat.js';
import { PythonPeriodic } from '../support/python-periodic.js';
import { migratePython, PYTHON_TIMEOUT, type PythonSettings } from '../support/python.js';
import { amqpUrl } from '../support/servers.js';

const TASK = 'interop.tasks.add';
const TIMEOUT = 60_000;

/** The other side of beat's interop must be right before it may judge ours: here Django's rows fire under Django's beat. */
describe('django-celery-beat, the judge', () => {
  const broker = amqp(amqpUrl())(adapterDeps());
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

  afterAll(async () => {
    await broker.close();
    await database?.drop();
  });

  it(
    'fires a row that its ORM has made, and one that is edited while it runs',
    async () => {
      const [first, second] = [ownQueue(), ownQueue()];
      for (const queue of [first, second]) await broker.declare(durableQueue(queue));
      const everySecond = { interval: { every: 1, period: 'seconds' } } as const;
      await periodic.make({ name: 'every second', task: TASK, ...everySecond, args: '[1, 2]', queue: first });
      const beat = await startPythonBeat(settings);
      const sent = await consume(broker, first);
      const [message] = await sent.received(1);
      expect(message && peekTask(message.message)).toMatchObject({ name: TASK });
      expect(message?.message.headers).toMatchObject({ periodic_task_name: 'every second', retries: 0 });

      await periodic.edit('every second', { queue: second });
      const elsewhere = await consume(broker, second);
      await elsewhere.received(1);
      await beat.stop();
      expect(await periodic.row('every second')).toMatchObject({ last_run_at: expect.any(String) });
      await Promise.all([sent.session.close(), elsewhere.session.close()]);
    },
    TIMEOUT,
  );

  it(
    'makes, reads and deletes rows of every schedule, and shares the rows of schedules',
    async () => {
      const rows = await Promise.all([
        periodic.make({ name: 'interval', task: TASK, interval: { every: 3, period: 'days' }, expire_seconds: 5 }),
        periodic.make({ name: 'crontab', task: TASK, crontab: { minute: '*/5', timezone: 'Europe/Berlin' } }),
        periodic.make({ name: 'solar', task: TASK, solar: { event: 'sunset', latitude: '52.5', longitude: 13.4 } }),
        periodic.make({
          name: 'clocked',
          task: TASK,
          clocked: { clocked_time: '2050-01-01T00:00:00Z' },
          one_off: true,
        }),
      ]);
      expect(rows.map(({ schedule }) => schedule)).toMatchObject([
        { kind: 'interval', every: 3, period: 'days', repr: '<freq: 3.00 days>' },
        { kind: 'crontab', minute: '*/5', hour: '*', day_of_week: '*', timezone: 'Europe/Berlin' },
        { kind: 'solar', event: 'sunset', latitude: '52.500000', longitude: '13.400000' },
        { kind: 'clocked', clocked_time: '2050-01-01T00:00:00Z' },
      ]);
      const names = [...rows.map(({ name }) => name), 'twin', 'no twin'];
      const [twin, noTwin, entry, listed, deleted, left] = await Promise.all([
        periodic.make({ name: 'twin', task: TASK, interval: { every: 3, period: 'days' } }),
        periodic.make({ name: 'no twin', task: TASK, crontab: { timezone: 'Europe/Berlin' } }),
        periodic.entry('interval'),
        periodic.list(),
        periodic.delete(...names, 'nobody'),
        periodic.row('crontab'),
      ]);
      expect(twin.interval_id).toBe(rows[0].interval_id);
      expect(noTwin.crontab_id).not.toBe(rows[1].crontab_id);
      expect(entry).toMatchObject({
        options: { expires: 5, headers: { periodic_task_name: 'interval' } },
        is_due: false,
      });
      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      expect(deleted).toBe(names.length);
      expect(left).toBeNull();
    },
    TIMEOUT,
  );

  it(
    'says what is wrong with a row, by field, and refuses what its ORM refuses',
    async () => {
      const name = 'wrong';
      const [, ...valid] = await Promise.all([
        periodic.make({ name, task: TASK, crontab: { minute: '0' }, enabled: false }),
        periodic.check(name),
        periodic.checkForm(name),
      ]);
      expect(valid).toEqual([{}, {}]);
      const [, wrong, wrongInForm] = await Promise.all([
        periodic.edit(name, { crontab: { minute: '99' }, priority: 300, args: '[' }),
        periodic.check(name),
        periodic.checkForm(name),
      ]);
      expect(wrong).toEqual({
        priority: ['Ensure this value is less than or equal to 255.'],
        'crontab.minute': [expect.stringContaining('99')],
      });
      expect(Object.keys(wrongInForm)).toEqual(expect.arrayContaining(['priority', 'args']));
      await expect(periodic.edit(name, { crontab: null })).rejects.toThrow(
        'One of clocked, interval, crontab, or solar',
      );
    },
    TIMEOUT,
  );

  it(
    'performs the actions of its admin',
    async () => {
      const queue = ownQueue();
      await broker.declare(durableQueue(queue));
      const name = 'acted on';
      const [, disabled, off, , on, ran] = await Promise.all([
        periodic.make({ name, task: TASK, crontab: { hour: '4' }, args: '[1, 2]', queue }),
        periodic.act('disable', name),
        periodic.row(name),
        periodic.act('toggle', name),
        periodic.row(name),
        periodic.act('run', name),
      ]);
      expect([off?.enabled, on?.enabled]).toEqual([false, true]);
      expect([disabled, ran]).toEqual([['1 task was successfully disabled'], ['1 task was successfully run']]);
      await waitUntil('its message is there', async () => (await broker.admin?.depth(queue))?.messages === 1);
    },
    TIMEOUT,
  );
});
