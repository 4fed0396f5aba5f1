import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import type { BeatScheduleEntry } from '../app/config.js';
import type { PeriodicTaskRow, PeriodicTaskStore } from '../contracts/periodic-tasks.js';
import { MemoryPeriodicTasks } from '../memory/memory-periodic-tasks.js';
import { COLUMN_DEFAULTS } from '../periodic-tasks/column-defaults.js';
import { BaseSchedule } from '../schedules/base-schedule.js';
import { clocked } from '../schedules/clocked.js';
import { cron } from '../schedules/cron.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { solar } from '../schedules/solar.js';
import { FakeClock } from '../testing/fake-clock.js';
import { fitsTable, optionsBesides } from './code-row.js';
import { bringUpToDate } from './code-rows.js';
import { compileDefinitions } from './compile-definitions.js';

type Entry = Partial<BeatScheduleEntry>;

const compile = (entries: Record<string, Entry>) => {
  const beatSchedule = Object.entries(entries).map(([name, entry]) => [name, { task: 't', schedule: 30, ...entry }]);
  return compileDefinitions({ timezone: 'Asia/Seoul', beatSchedule: Object.fromEntries(beatSchedule) });
};

/** Rows, and one entry of code that is written into them at each start. */
function setUp() {
  const clock = new FakeClock();
  let writes = 0;
  const tasks = new MemoryPeriodicTasks(clock, () => (writes += 1));
  const start = async (entry: Entry): Promise<PeriodicTaskRow> => {
    await clock.advance(1000);
    await bringUpToDate(tasks, compile({ one: entry }), 'Asia/Seoul');
    return row();
  };
  const row = async (): Promise<PeriodicTaskRow> => {
    const [found] = await tasks.find({ names: ['one'] });
    if (!found) throw new Error('no row');
    return found;
  };
  return { clock, tasks, start, row, writes: () => writes };
}

const SEOUL = { kind: 'crontab', minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' } as const;

describe('bringUpToDate', () => {
  it('makes a row of an entry', async () => {
    const { start } = setUp();
    const startTime = new Date('2030-01-01T00:00:00Z');
    const row = await start({
      task: 'math.add',
      schedule: crontab({ minute: 0, hour: 4 }),
      args: [2, new Date('2026-01-01T00:00:00Z')],
      kwargs: { x: null },
      options: {
        queue: 'mail',
        exchange: 'mails',
        routingKey: 'mail.out',
        priority: 0,
        expires: 90.5,
        headers: { tenant: 'a' },
      },
      oneOff: true,
      enabled: false,
      startTime,
      description: 'Sums',
      misfire: 'skip',
      jitter: 3,
    });
    expect(row).toEqual({
      ...COLUMN_DEFAULTS,
      id: 1,
      name: 'one',
      task: 'math.add',
      dateChanged: new Date('2026-01-01T00:00:01Z'),
      schedules: [{ ...SEOUL, timezone: 'Asia/Seoul' }],
      args: '[2,{"__type__":"datetime","__value__":"2026-01-01T00:00:00+00:00"}]',
      kwargs: '{"x":null}',
      headers: '{"tenant":"a"}',
      queue: 'mail',
      exchange: 'mails',
      routingKey: 'mail.out',
      priority: 0,
      expireSeconds: 91,
      oneOff: true,
      enabled: false,
      startTime,
      description: 'Sums',
      policy: { misfire: 'skip', jitter: 3 },
    });
  });

  it('leaves out what the entry does not say', async () => {
    const { start } = setUp();
    expect(await start({})).toMatchObject({ ...COLUMN_DEFAULTS, schedules: [{ every: 30, period: 'seconds' }] });
  });

  it.each<[string, Entry, object]>([
    ['an interval', { schedule: interval({ minutes: 5 }) }, { kind: 'interval', every: 300, period: 'seconds' }],
    ['a part of a second', { schedule: 0.5 }, { kind: 'interval', every: 500_000, period: 'microseconds' }],
    [
      'a crontab of another zone',
      { schedule: crontab('0', '4', '*', '*', '*', { timezone: 'UTC' }) },
      { ...SEOUL, timezone: 'UTC' },
    ],
    [
      'the sun',
      { schedule: solar('sunset', 37.5, 127) },
      { kind: 'solar', event: 'sunset', latitude: 37.5, longitude: 127 },
    ],
  ])('keeps the schedule in the table that is for it: %s', async (_, entry, schedule) => {
    expect((await setUp().start(entry)).schedules).toEqual([schedule]);
  });

  it('makes a clocked entry a one-off', async () => {
    const { start } = setUp();
    const clockedTime = new Date('2030-01-01T00:00:00Z');
    expect(await start({ schedule: clocked(clockedTime) })).toMatchObject({
      schedules: [{ kind: 'clocked', clockedTime }],
      oneOff: true,
    });
  });

  it('takes an expiry at a time, as a Date or as text', async () => {
    const expires = new Date('2030-01-01T00:00:00Z');
    const expected = { expires, expireSeconds: null };
    expect(await setUp().start({ options: { expires } })).toMatchObject(expected);
    expect(await setUp().start({ options: { expires: '2030-01-01T09:00:00+09:00' } })).toMatchObject(expected);
    expect(await setUp().start({ options: { expires: '2030-01-01T00:00:00' } })).toMatchObject(expected);
  });
});

describe('bringUpToDate at the next start', () => {
  const full: Entry = {
    schedule: crontab({ minute: 0, hour: 4 }),
    args: [1, 'ü', 1.5],
    kwargs: { b: 1, a: [new Date('2026-01-01T00:00:00.5Z')] },
    options: { queue: 'q', headers: { h: 'x' }, expires: 60 },
    startTime: new Date('2030-01-01T00:00:00Z'),
    description: 'd',
    pauseUntil: new Date('2029-01-01T00:00:00Z'),
    misfire: 'fire-once',
    overlap: 'skip',
  };

  it('writes nothing when nothing differs', async () => {
    const { start, writes } = setUp();
    const before = await start(full);
    expect(await start(full)).toEqual(before);
    expect(writes()).toBe(1);
  });

  it('writes nothing when Python has written the same, in its spacing and letters', async () => {
    const { start, tasks, writes } = setUp();
    const { id } = await start(full);
    await tasks.update(id, {
      args: '[1, "\\u00fc", 1.5]',
      kwargs: '{"b": 1, "a": [{"__type__": "datetime", "__value__": "2026-01-01T00:00:00.500000+00:00"}]}',
      headers: '{"h": "x"}',
    });
    await start(full);
    expect(writes()).toBe(2);
  });

  it.each<[string, Entry, object]>([
    ['the task', { task: 'math.mul' }, { task: 'math.mul' }],
    ['the schedule', { schedule: 60 }, { schedules: [{ kind: 'interval', every: 60, period: 'seconds' }] }],
    [
      'the zone',
      { schedule: crontab({ minute: 0, hour: 4, timezone: 'UTC' }) },
      { schedules: [{ ...SEOUL, timezone: 'UTC' }] },
    ],
    ['arguments', { args: [2] }, { args: '[2]' }],
    ['the kind of an argument', { args: ['1', 'ü', 1.5] }, { args: '["1","ü",1.5]' }],
    ['keyword arguments', { kwargs: {} }, { kwargs: '{}' }],
    ['options', { options: { priority: 0 } }, { priority: 0, queue: null, headers: '{}', expireSeconds: null }],
    ['the start', { startTime: new Date('2031-01-01T00:00:00Z') }, { startTime: new Date('2031-01-01T00:00:00Z') }],
    ['the description', { description: '' }, { description: '' }],
    ['that it is a one-off', { oneOff: true }, { oneOff: true }],
  ])('follows the code when that has changed: %s', async (_, change, expected) => {
    const { start, writes } = setUp();
    await start(full);
    const row = await start({ ...full, ...change });
    expect(row).toMatchObject(expected);
    expect(writes()).toBe(2);
    expect(row.dateChanged).toEqual(new Date('2026-01-01T00:00:02Z'));
  });

  it('takes back what was edited in task, schedule and arguments, and leaves enabled and the runs', async () => {
    const { start, tasks } = setUp();
    const { id } = await start(full);
    const ran = { enabled: false, totalRunCount: 7, lastRunAt: null };
    await tasks.update(id, { task: 'x', args: 'no JSON', schedules: [], queue: 'z', ...ran });
    expect(await start({ ...full, enabled: true })).toMatchObject({
      task: 't',
      args: '[1,"ü",1.5]',
      queue: 'q',
      schedules: [{ ...SEOUL, timezone: 'Asia/Seoul' }],
      ...ran,
    });
  });

  it('disables nothing that somebody has enabled', async () => {
    const { start, tasks } = setUp();
    const { id } = await start({ enabled: false });
    await tasks.update(id, { enabled: true });
    expect(await start({ enabled: false, args: [1] })).toMatchObject({ enabled: true, args: '[1]' });
  });

  it("leaves a row that is marked as the user's own", async () => {
    const { start, tasks } = setUp();
    const { id } = await start(full);
    await tasks.update(id, { task: 'mine', policy: { owner: 'user' } });
    const before = await tasks.find({ ids: [id] });
    await start({ args: [5], jitter: 1 });
    expect(await tasks.find({ ids: [id] })).toEqual(before);
  });

  it('lays the policy of code over what the row has, field by field', async () => {
    const { start, tasks } = setUp();
    const { id } = await start({ jitter: 1 });
    await tasks.update(id, { policy: { jitter: 9, overlap: 'skip' } });
    expect((await start({ jitter: 2, misfire: 'skip' })).policy).toEqual({
      jitter: 2,
      overlap: 'skip',
      misfire: 'skip',
    });
    expect((await start({})).policy).toEqual({ jitter: 2, overlap: 'skip', misfire: 'skip' });
    expect((await start({ jitter: 0, misfire: 'fire-once', overlap: 'allow' })).policy).toBeNull();
  });

  it('lets the clocks of a crontab follow its schedule', async () => {
    const { start } = setUp();
    const schedule = crontab({ minute: 0, hour: 4, dst: 'wall' });
    expect((await start({ schedule, jitter: 1 })).policy).toEqual({ dst: 'wall', jitter: 1 });
    expect((await start({ schedule: crontab({ minute: 0, hour: 4 }) })).policy).toEqual({ jitter: 1 });
  });

  it('is no one-off any more when it was clocked and is not', async () => {
    const { start } = setUp();
    await start({ schedule: clocked(new Date('2030-01-01T00:00:00Z')) });
    expect(await start({ schedule: 60 })).toMatchObject({ oneOff: false });
  });
});

describe('bringUpToDate of two beats that start at once', () => {
  it('makes one row of each entry, and both go on: the later one writes what it knows better', async () => {
    const { tasks } = setUp();
    const definitions = compile({ one: { args: [1] }, two: {} });
    let early: (() => void) | undefined;
    const both = new Promise<void>((resolve) => (early = resolve));
    let searches = 0;
    const late: PeriodicTaskStore = Object.assign(Object.create(tasks) as PeriodicTaskStore, {
      find: async (by: Parameters<PeriodicTaskStore['find']>[0]) => {
        const found = await tasks.find(by);
        if (++searches === 2) early?.();
        if (searches <= 2) await both;
        return found;
      },
      insert: (fields: Parameters<PeriodicTaskStore['insert']>[0]) => tasks.insert(fields),
      update: (id: number, change: object) => tasks.update(id, change),
    });
    const newer = compile({ one: { args: [2] }, two: {} });
    await Promise.all([bringUpToDate(late, definitions, 'UTC'), bringUpToDate(late, newer, 'UTC')]);
    const { rows } = await tasks.list({ limit: 9, offset: 0 });
    expect(rows.map(({ name, args }) => [name, args])).toEqual([
      ['one', '[2]'],
      ['two', '[]'],
    ]);
    expect(searches).toBeGreaterThan(2);
  });
});

describe('An entry of code that a database cannot keep', () => {
  it.each<[string, Entry, string]>([
    ['queue', { options: { queue: 'q'.repeat(201) } }, "'one' cannot be kept in the database: queue: "],
    ['expires', { options: { expires: -1 } }, "'one' cannot be kept in the database: expireSeconds: "],
    [
      'one-off',
      { schedule: clocked(new Date('2030-01-01T00:00:00Z')), oneOff: false },
      "'one' cannot be kept in the database: oneOff: ",
    ],
    ['argument', { args: [new Map()] }, "args of the beat entry 'one'"],
    ['header', { options: { headers: { a: Symbol('x') as unknown as string } } }, "headers of the beat entry 'one'"],
  ])('is refused by name and field: %s', async (_, entry, message) => {
    const { start, writes } = setUp();
    await expect(start(entry)).rejects.toThrow(message);
    expect(writes()).toBe(0);
  });

  class EveryNewMoon extends BaseSchedule {
    next(after: Date): Date {
      return new Date(after.getTime() + 29.5 * 86_400_000);
    }

    describe(): string {
      return 'every new moon';
    }
  }

  it.each<[string, Entry, boolean]>([
    ['an interval', {}, true],
    ['cron text', { schedule: cron('0 4 * * MON#1') }, false],
    ['a relative interval', { schedule: 3600, relative: true }, false],
    ['a schedule of your own', { schedule: new EveryNewMoon() }, false],
    ['a lazy argument', { args: [new BeatLazyFunc(() => 1)] }, false],
    ['a lazy keyword argument', { kwargs: { a: new BeatLazyFunc(() => 1) } }, false],
  ])('is one whose schedule has no table, or that is lazy: %s', (_, entry, fits) => {
    const [definition] = compile({ one: entry });
    expect(definition && fitsTable(definition, 'UTC')).toBe(fits);
  });

  it('keeps in code the options that have no column', () => {
    const link = { task: 'u', args: [], kwargs: {}, options: {} };
    const besides = { countdown: 5, serializer: 'yaml', timeLimit: 9, ignoreResult: true, link: link as never };
    const columns = { queue: 'q', exchange: 'e', routingKey: 'r', priority: 1, headers: {}, expires: 5, kwargs: {} };
    expect(optionsBesides({ ...columns, ...besides })).toEqual(besides);
    expect(optionsBesides(columns)).toBeUndefined();
  });
});
