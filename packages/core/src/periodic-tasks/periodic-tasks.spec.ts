import { CeleryApp } from '../app/celery-app.js';
import { compileConfig } from '../app/compiled-config.js';
import type { PublishSignal } from '../app/signals.js';
import type { TaskOptions } from '../app/task-options.js';
import type { ScheduleDatabase } from '../contracts/periodic-tasks.js';
import { BackendUnavailable } from '../errors/backend-errors.js';
import { memoryBroker, memorySchedules } from '../memory/index.js';
import { cron } from '../schedules/cron.js';
import { crontab } from '../schedules/crontab.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { PeriodicTaskInput, PeriodicTaskPatch } from './periodic-task-input.js';
import { PeriodicTasks } from './periodic-tasks.js';

const CRONTAB = { minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*', timezone: 'Asia/Seoul' };

const MAIL = { name: 'mail', exchange: 'mails', routingKey: 'mail.out' };

let clock: FakeClock;
let app: CeleryApp;
let database: ScheduleDatabase;
let tasks: PeriodicTasks;
let published: PublishSignal[];
let options: TaskOptions | undefined;

beforeEach(() => {
  clock = new FakeClock('2026-01-01T12:00:00Z');
  const config = compileConfig({ timezone: 'Asia/Seoul', taskQueues: [MAIL] });
  const deps = adapterDeps({}, { config, clock });
  app = new CeleryApp({ config, broker: memoryBroker('memory://periodic')(deps), backend: undefined, clock });
  database = memorySchedules('memory://periodic')(deps);
  options = undefined;
  tasks = new PeriodicTasks({ database, app, optionsOf: () => options });
  published = [];
  app.signals.connect('before_task_publish', (signal) => void published.push(signal));
});

afterEach(async () => {
  await database.close();
  await app.close();
});

const create = (input: Partial<PeriodicTaskInput> = {}) =>
  tasks.create({ name: 'nightly', task: 'reports.send', schedule: 60, ...input });
const invalid = (fields: object) => ({ code: 'INVALID_PERIODIC_TASK', fields });

describe('Making a periodic task', () => {
  it('fills in the defaults and says when it is due', async () => {
    expect(await create()).toEqual({
      id: 1,
      name: 'nightly',
      task: 'reports.send',
      schedule: { kind: 'interval', every: 60, period: 'seconds' },
      scheduleText: 'every minute',
      args: [],
      kwargs: {},
      headers: {},
      queue: null,
      exchange: null,
      routingKey: null,
      priority: null,
      expires: null,
      expireSeconds: null,
      oneOff: false,
      startTime: null,
      enabled: true,
      description: '',
      policy: {
        misfire: 'fire-once',
        misfireCap: 100,
        grace: null,
        overlap: 'allow',
        jitter: 0,
        pauseUntil: null,
        dst: 'celery',
        owner: 'code',
      },
      lastRunAt: null,
      totalRunCount: 0,
      dateChanged: clock.now(),
      nextRunAt: new Date('2026-01-01T12:01:00Z'),
      problems: {},
    });
  });

  it('takes everything there is', async () => {
    const startTime = new Date('2026-02-01T00:00:00Z');
    const columns = { queue: 'mail', priority: 5, expireSeconds: 9, startTime, enabled: false, description: 'd' };
    const args = [1, new Date('2026-01-01T00:00:00Z')];
    const policy = { misfire: 'fire-all', jitter: 2, owner: 'user' } as const;
    const made = await create({ ...columns, ...policy, args, kwargs: { to: null }, headers: { tenant: 'x' } });
    expect(made).toMatchObject({ ...columns, args, kwargs: { to: null }, headers: { tenant: 'x' } });
    expect(made.policy).toMatchObject({ ...policy, overlap: 'allow' });
    const [row] = await database.tasks.find({ ids: [made.id] });
    expect(row).toMatchObject({ policy, kwargs: '{"to":null}' });
    expect(Object.keys(row?.policy ?? {})).toHaveLength(3);
  });

  it('takes a schedule, or a row whose rest is filled in', async () => {
    const row = { kind: 'crontab', ...CRONTAB };
    expect((await create({ schedule: crontab({ minute: 0, hour: 4 }) })).schedule).toEqual(row);
    const partial = { kind: 'crontab', minute: 0, hour: 4 } as unknown as PeriodicTaskInput['schedule'];
    expect((await create({ name: 'b', schedule: partial })).schedule).toEqual(row);
    const days = { kind: 'interval', every: 2, period: 'days' } as const;
    expect(await create({ name: 'c', schedule: days })).toMatchObject({ schedule: days, scheduleText: 'every 2 days' });
  });

  it("keeps how a crontab takes a change of clocks, which is none of Django's columns", async () => {
    const schedule = crontab({ minute: 0, hour: 4, dst: 'wall' });
    expect(await create({ schedule })).toMatchObject({
      policy: { dst: 'wall' },
      scheduleText: schedule.resolve({ timezone: 'Asia/Seoul' }).describe(),
    });
  });

  it('makes empty queues, exchanges and routing keys none, as Django does', async () => {
    const none = { queue: null, exchange: null, routingKey: null };
    expect(await create({ queue: '', exchange: '', routingKey: '' })).toMatchObject(none);
    const nulls = { priority: null, misfire: null, args: null } as unknown as Partial<PeriodicTaskInput>;
    expect(await create({ name: 'b', ...nulls })).toMatchObject({ args: [], policy: { misfire: 'fire-once' } });
  });

  it.each<[string, object]>([
    ['queu', { queu: 'mail' }],
    ['args', { args: [() => 1] }],
    ['args', { args: { 0: 'a' } }],
    ['kwargs', { kwargs: [1] }],
    ['seconds', { schedule: 0 }],
    ['schedule', { schedule: 'hourly' }],
    ['schedule', { schedule: null }],
    ['schedule', { schedule: undefined }],
    ['schedule', { schedule: cron('0 4 * * *') }],
    ['schedule', { schedule: { kind: 'lunar' } }],
    ['evry', { schedule: { kind: 'interval', evry: 5, period: 'days' } }],
    ['minutes', { schedule: { kind: 'crontab', minutes: '5' } }],
    ['dayOfWeek', { schedule: { kind: 'crontab', ...CRONTAB, dayOfWeek: '7' } }],
    ['dayOfMonth', { schedule: { kind: 'crontab', ...CRONTAB, dayOfMonth: '31', monthOfYear: '2' } }],
    ['timezone', { schedule: { kind: 'crontab', ...CRONTAB, timezone: 'Mars/Olympus' } }],
    ['latitude', { schedule: { kind: 'solar', event: 'sunset', latitude: 99, longitude: 0 } }],
    ['oneOff', { schedule: { kind: 'clocked', clockedTime: new Date('2031-01-01T00:00:00Z') } }],
    ['priority', { priority: 300 }],
    ['name', { name: undefined }],
    ['misfire', { misfire: 'never' }],
    ['misfireCap', { misfireCap: 0 }],
    ['misfireCap', { policy: { misfireCap: 0 } }],
    ['misfire', { misfire: 'skip', policy: { misfire: 'skip' } }],
    ['misfyre', { policy: { misfyre: 'skip' } }],
    ['policy', { policy: 'skip' }],
    ['id', { id: 3 }],
    ['__proto__', JSON.parse('{"__proto__":1}') as object],
    ['schedule', { schedule: { kind: 'constructor', every: 1 } }],
    ['next', { schedule: { kind: 'interval', every: 1, period: 'days', next: 5 } }],
    ['__proto__', { schedule: JSON.parse('{"kind":"interval","__proto__":1}') as object }],
    ['headers', { headers: { id: 'x' } }],
  ])('is refused with %s named: %p', async (field, input) => {
    const refused = await create(input).catch((error: unknown) => error);
    expect(refused).toMatchObject(invalid({ [field]: [expect.any(String)] }));
    expect(Object.keys((refused as { fields: object }).fields)).toEqual([field]);
    expect((await tasks.list()).total).toBe(0);
  });

  it('is refused when nothing is given', async () => {
    const nothing = undefined as unknown as PeriodicTaskInput;
    const fields = { name: expect.anything(), task: expect.anything(), schedule: expect.anything() };
    await expect(tasks.create(nothing)).rejects.toMatchObject(invalid(fields));
  });

  it("refuses a name that exists in Django's words", async () => {
    await create();
    const fields = { name: ['Periodic task with this Name already exists.'] };
    await expect(create()).rejects.toMatchObject(invalid(fields));
    await create({ name: 'other' });
    await expect(tasks.update('other', { name: 'nightly' })).rejects.toMatchObject(invalid(fields));
  });
});

describe('Changing a periodic task', () => {
  it('leaves what is left out', async () => {
    const { id } = await create({ args: [1], queue: 'mail', jitter: 2 });
    const changed = await tasks.update(id, { queue: null, overlap: 'skip', schedule: 30 });
    expect(changed).toMatchObject({ args: [1], queue: null, scheduleText: 'every 30 seconds' });
    expect(changed.policy).toMatchObject({ jitter: 2, overlap: 'skip' });
    expect(await tasks.update('nightly', { description: 'd' })).toMatchObject({
      description: 'd',
      policy: changed.policy,
    });
  });

  it('takes the policy in one object too, as it shows it', async () => {
    const { id, policy } = await create({ policy: { misfire: 'skip', jitter: 2, pauseUntil: null } });
    expect(policy).toMatchObject({ misfire: 'skip', jitter: 2, overlap: 'allow' });
    expect((await tasks.update(id, { policy: { overlap: 'skip' } })).policy).toEqual({ ...policy, overlap: 'skip' });
    expect((await tasks.update(id, { policy })).policy).toEqual(policy);
    await tasks.update(id, { policy: null });
    expect((await database.tasks.find({ ids: [id] }))[0]?.policy).toBeNull();
  });

  it('keeps nothing of a policy that is the default again', async () => {
    const { id } = await create({ jitter: 2 });
    await tasks.update(id, { jitter: 0 });
    expect((await database.tasks.find({ ids: [id] }))[0]?.policy).toBeNull();
  });

  it('has to be right as a whole', async () => {
    await create({ expireSeconds: 5 });
    const patch = { expires: new Date('2031-01-01T00:00:00Z') };
    await expect(tasks.update('nightly', patch)).rejects.toMatchObject(
      invalid({ expireSeconds: [expect.any(String)] }),
    );
    await expect(tasks.update('nightly', { qeue: 'a' } as PeriodicTaskPatch)).rejects.toMatchObject({
      fields: { qeue: [expect.stringMatching(/no such field.*queue/)] },
    });
    expect(await tasks.update('nightly', { ...patch, expireSeconds: null })).toMatchObject(patch);
  });

  it('enables, disables and toggles; who is disabled forgets the last run, as in Django', async () => {
    const { id } = await create();
    await database.tasks.update(id, { lastRunAt: clock.now(), totalRunCount: 3 });
    expect(await tasks.disable(id)).toMatchObject({
      enabled: false,
      lastRunAt: null,
      totalRunCount: 3,
      nextRunAt: null,
    });
    expect(await tasks.toggle(id)).toMatchObject({ enabled: true, nextRunAt: new Date('2026-01-01T12:01:00Z') });
    expect(await tasks.toggle('nightly')).toMatchObject({ enabled: false });
    expect(await tasks.enable('nightly')).toMatchObject({ enabled: true });
    await database.tasks.update(id, { lastRunAt: clock.now() });
    expect(await tasks.update(id, { enabled: false })).toMatchObject({ lastRunAt: null });
  });

  it('deletes', async () => {
    const { id } = await create();
    await tasks.delete('nightly');
    await expect(tasks.delete(id)).rejects.toMatchObject({ code: 'PERIODIC_TASK_NOT_FOUND', idOrName: id });
  });

  it('names what does not exist', async () => {
    const calls = [
      () => tasks.get(7),
      () => tasks.update('gone', {}),
      () => tasks.enable('gone'),
      () => tasks.disable('gone'),
      () => tasks.toggle('gone'),
      () => tasks.delete('gone'),
      () => tasks.runNow('gone'),
      () => tasks.nextRuns('gone', 1),
      () => tasks.history('gone'),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'PERIODIC_TASK_NOT_FOUND',
        message: expect.stringMatching(/'gone'|id 7/),
      });
    }
  });
});

describe('Looking at periodic tasks', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['limit is -1', () => tasks.list({ limit: -1 })],
    ['limit is 1.5', () => tasks.history('nightly', 1.5)],
    ['offset is NaN', () => tasks.list({ offset: NaN })],
    ['search is "\\u0000"', () => tasks.list({ search: '\0' })],
    ['enabled is "yes"', () => tasks.list({ enabled: 'yes' as unknown as boolean })],
    ['count is -1', () => tasks.nextRuns('nightly', -1)],
    ['from is Invalid Date', () => tasks.nextRuns('nightly', 1, new Date(NaN))],
  ])('names what no database could take: %s', async (problem, ask) => {
    await create();
    await expect(ask()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining(`(): ${problem}: give `),
    });
  });

  it.each([1.5, -1, NaN, 1e20, 2 ** 31, 'a\0'])('finds nothing for what can be no id and no name: %p', async (id) => {
    await create();
    for (const ask of [() => tasks.get(id), () => tasks.history(id), () => tasks.delete(id)]) {
      await expect(ask()).rejects.toMatchObject({ code: 'PERIODIC_TASK_NOT_FOUND', idOrName: id });
    }
  });

  it('lists them by name, as searched', async () => {
    for (const name of ['c', 'a', 'b']) await create({ name, task: name === 'c' ? 'mail.send' : 'reports.send' });
    expect((await tasks.list()).tasks.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const found = await tasks.list({ search: 'REPORTS', limit: 1, offset: 1 });
    expect([found.tasks.map(({ name }) => name), found.total]).toEqual([['b'], 2]);
  });

  it('says when they are next due', async () => {
    await create({ schedule: crontab({ minute: 0, hour: 4 }) });
    const days = ['2026-01-01T19:00:00.000Z', '2026-01-02T19:00:00.000Z'];
    expect((await tasks.nextRuns('nightly', 2)).map((date) => date.toISOString())).toEqual(days);
    expect(await tasks.nextRuns('nightly', 1, new Date('2026-06-01T00:00:00Z'))).toEqual([
      new Date('2026-06-01T19:00:00Z'),
    ]);
    expect(await tasks.nextRuns('nightly', 1e9)).toHaveLength(1000);
  });

  it('gives the history, also of a name that has no row', async () => {
    await create();
    expect(await tasks.history('nightly')).toEqual([]);
    const lease = await database.leases.acquire('spec', 1_000);
    const claims = ['nightly', 'in code'].map((name) => ({ name, dueAt: clock.now(), taskId: name }));
    await database.runs.claim(claims, 'fence' in lease ? lease.fence : '', clock.now());
    expect(await tasks.history(1)).toMatchObject([{ taskId: 'nightly', status: 'claimed' }]);
    expect(await tasks.history('in code')).toMatchObject([{ taskId: 'in code' }]);
  });

  it('shows what somebody else broke, with what is wrong', async () => {
    await database.open();
    const both = [
      { kind: 'interval', every: 1, period: 'days' },
      { kind: 'crontab', ...CRONTAB },
    ] as const;
    await database.tasks.insert({ name: 'a', task: 't', schedules: [], args: '[1', kwargs: '{"a": 1}' });
    await database.tasks.insert({ name: 'b', task: 't', schedules: [{ kind: 'crontab', ...CRONTAB, dayOfWeek: '7' }] });
    await database.tasks.insert({ name: 'c', task: 't', schedules: both });
    const [a, b, c] = (await tasks.list()).tasks;
    expect(a).toMatchObject({ schedule: null, scheduleText: null, args: [], kwargs: { a: 1 }, nextRunAt: null });
    expect(a?.problems).toEqual({ schedule: [expect.any(String)], args: [expect.stringContaining('Unable to parse')] });
    expect(b).toMatchObject({ schedule: { dayOfWeek: '7' }, problems: { dayOfWeek: [expect.any(String)] } });
    expect(c).toMatchObject({
      schedule: both[0],
      nextRunAt: null,
      problems: { interval: [/Only/], crontab: [/Only/] },
    });
    await expect(tasks.nextRuns('b', 1)).rejects.toMatchObject(invalid({ dayOfWeek: [expect.any(String)] }));
    await expect(tasks.update('a', { queue: 'mail' })).rejects.toMatchObject({ code: 'INVALID_PERIODIC_TASK' });
    expect(await tasks.disable('a')).toMatchObject({ enabled: false });
    await expect(tasks.enable('a')).rejects.toMatchObject({ code: 'INVALID_PERIODIC_TASK' });
    expect(await tasks.update('a', { args: [1], schedule: 5 })).toMatchObject({ args: [1], problems: {} });
  });
});

describe('Running a periodic task now', () => {
  it('sends it as beat does, and counts nothing', async () => {
    const made = await create({ args: [1], kwargs: { to: 'a' }, headers: { tenant: 'x' }, queue: 'mail', priority: 3 });
    const result = await tasks.runNow('nightly');
    const [message] = published;
    expect(message).toMatchObject({
      body: { args: [1], kwargs: { to: 'a' } },
      destination: { queue: 'mail' },
      headers: { task: 'reports.send', id: result.id, tenant: 'x', periodic_task_name: 'nightly' },
      properties: { priority: 3 },
    });
    expect(await tasks.get('nightly')).toEqual(made);
    expect((await tasks.runNow('nightly')).id).not.toBe(result.id);
  });

  it('goes by exchange and routing key', async () => {
    await app.sendTask('reports.send', [], { queue: 'mail' }); // declares both
    await create({ exchange: 'mails', routingKey: 'mail.out' });
    await tasks.runNow('nightly');
    expect(published.at(-1)).toMatchObject({ exchange: 'mails', routingKey: 'mail.out' });
  });

  it('sends a disabled one too, with the options of a task that is known here', async () => {
    options = { priority: 7 };
    await create({ enabled: false });
    await tasks.runNow('nightly');
    expect(published).toMatchObject([{ properties: { priority: 7 } }]);
  });

  it('needs arguments that can be read, but no schedule', async () => {
    await database.open();
    await database.tasks.insert({ name: 'a', task: 't', schedules: [], args: '[1', kwargs: '[]' });
    await database.tasks.insert({ name: 'b', task: 't', schedules: [] });
    const fields = { args: [expect.any(String)], kwargs: [expect.any(String)] };
    await expect(tasks.runNow('a')).rejects.toMatchObject(invalid(fields));
    await tasks.runNow('b');
    expect(published).toHaveLength(1);
  });
});

it('tries to open the database again when it was away', async () => {
  let attempts = 0;
  const open = async () => {
    attempts += 1;
    if (attempts === 1) throw new BackendUnavailable('away');
    await database.open();
  };
  const { tasks: rows, runs, leases, safeUrl } = database;
  const watch = database.watch.bind(database);
  const flaky = { open, tasks: rows, runs, leases, safeUrl, watch, close: () => database.close() };
  const service = new PeriodicTasks({ database: flaky, app });
  await expect(service.list()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  await Promise.all([service.list(), service.list()]);
  expect(attempts).toBe(2);
});
