import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import type { BeatScheduleEntry } from '../app/config.js';
import type { Claim, PeriodicTaskRow, ScheduleDatabase, SettledRun } from '../contracts/periodic-tasks.js';
import { MemoryScheduleDatabase } from '../memory/memory-schedule-database.js';
import { nextDueOf } from '../periodic-tasks/next-due.js';
import { cron } from '../schedules/cron.js';
import { clocked } from '../schedules/clocked.js';
import { FakeClock } from '../testing/fake-clock.js';
import { compileDefinitions } from './compile-definitions.js';
import { DatabaseScheduleStore } from './database-schedule-store.js';
import type { ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries } from './schedule-store.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);

type Schedule = Record<string, Partial<BeatScheduleEntry>>;

let clock: FakeClock;
let database: ScheduleDatabase;
let fence: string;
let log: string[];

beforeEach(async () => {
  clock = new FakeClock('2026-01-01T00:00:00Z');
  log = [];
  database = new MemoryScheduleDatabase('memory://database-schedule-store', { clock });
  await database.open();
  const lease = await database.leases.acquire('spec', 60_000);
  if (!('fence' in lease)) throw new Error('no lease');
  fence = lease.fence;
});

afterEach(() => database.close());

function make(schedule: Schedule = {}, over: ScheduleDatabase = database): DatabaseScheduleStore {
  const entries = Object.entries(schedule).map(([name, entry]) => [name, { task: 't', schedule: 3600, ...entry }]);
  const definitions = compileDefinitions({ timezone: 'UTC', beatSchedule: Object.fromEntries(entries) });
  const note = (line: string) => void log.push(line);
  const logger = { debug: note, log: note, warn: note, error: note };
  return new DatabaseScheduleStore({ database: over, definitions, config: { timezone: 'UTC' }, clock, logger });
}

/** The database, some of it otherwise. */
function databaseWith(parts: Partial<ScheduleDatabase>): ScheduleDatabase {
  const { safeUrl, tasks, runs, leases } = database;
  const watch: ScheduleDatabase['watch'] = (onEdit) => database.watch(onEdit);
  return { safeUrl, tasks, runs, leases, watch, open: () => database.open(), close: () => database.close(), ...parts };
}

/** A store as a start of beat finds it. */
async function begin(schedule: Schedule = {}, over?: ScheduleDatabase) {
  const store = make(schedule, over);
  await store.open();
  const { entries, unfinished } = await store.load(clock.now(), fence);
  return { store, entries, unfinished, entry: (name: string) => entries.find((one) => one.name === name) };
}

const nextOf = (entry: ScheduleEntry | undefined) => entry && nextDueOf(entry);
const names = (entries: readonly ScheduleEntry[]) => entries.map(({ name }) => name);

async function rowNamed(name: string): Promise<PeriodicTaskRow> {
  const [row] = await database.tasks.find({ names: [name] });
  if (!row) throw new Error(`no row ${name}`);
  return row;
}

/** A run as beat does it. */
async function run(store: DatabaseScheduleStore, entry: ScheduleEntry | undefined): Promise<Claim> {
  if (!entry) throw new Error('no entry');
  const claim = { name: entry.name, dueAt: nextOf(entry) ?? clock.now(), taskId: `run ${clock.now().toISOString()}` };
  expect(await store.claim([claim], fence, clock.now())).toEqual([claim]);
  const { rowId, schedule, oneOff } = entry;
  const kept = { rowId, schedule: schedule.describe(), nextRunAt: null, isOver: oneOff };
  await store.settle([{ ...claim, status: 'sent', at: clock.now(), entry: kept } satisfies SettledRun]);
  return claim;
}

const insert = (name: string) =>
  database.tasks.insert({ name, task: 't', schedules: [{ kind: 'interval', every: 1, period: 'hours' }] });

describe('DatabaseScheduleStore', () => {
  it('loads the rows of the database and those of code, and what was claimed and never marked', async () => {
    await insert('admin');
    const { store, entries, entry } = await begin({ mine: { args: [1] } });
    expect(store.title).toBe('database memory://database-schedule-store');
    expect(names(entries)).toEqual(['admin', 'mine']);
    expect(entry('mine')?.call().args).toEqual([1]);
    const claim = { name: 'admin', dueAt: at('01:00:00'), taskId: 'a' };
    await store.claim([claim], fence, at('01:00:00'));
    expect((await begin()).unfinished).toEqual([claim]);
  });

  it('goes on after a restart where it was, and does not begin anew before the first run', async () => {
    const schedule = { mine: {} };
    await begin(schedule);
    await clock.advance(1_800_000);
    const { store, entry } = await begin(schedule);
    expect(nextOf(entry('mine'))).toEqual(at('01:00:00'));
    await clock.advance(1_803_000);
    const { taskId } = await run(store, entry('mine'));
    const after = (await begin(schedule)).entry('mine');
    expect(after).toMatchObject({
      since: at('01:00:00'),
      lastRunAt: at('01:00:03'),
      lastTaskId: taskId,
      totalRunCount: 1,
    });
    expect(nextOf(after)).toEqual(at('02:00:00'));
  });

  it('counts from the start at which code brings another schedule', async () => {
    const { store, entry } = await begin({ mine: {} });
    await clock.advance(3_600_000);
    await run(store, entry('mine'));
    await clock.advance(600_000);
    expect(nextOf((await begin({ mine: { schedule: 1800 } })).entry('mine'))).toEqual(at('01:40:00'));
    await clock.advance(600_000);
    expect(nextOf((await begin({ mine: { schedule: 1800 } })).entry('mine'))).toEqual(at('01:40:00'));
  });

  it('sends options that have no column, as long as they are in code', async () => {
    const options = { countdown: 5, serializer: 'yaml', timeLimit: 30, queue: 'q', expires: 60 };
    const { entry } = await begin({ mine: { options } });
    expect(entry('mine')?.call().options).toEqual(options);
    expect((await begin()).entry('mine')?.call().options).toEqual({ queue: 'q', expires: 60 });
  });

  it('sends a clocked entry of code once', async () => {
    const schedule = { once: { schedule: clocked(at('01:00:00')) } };
    const { store, entry } = await begin(schedule);
    expect(entry('once')?.oneOff).toBe(true);
    await clock.advance(3_600_000);
    await run(store, entry('once'));
    expect((await begin(schedule)).entries).toEqual([]);
    expect(await rowNamed('once')).toMatchObject({ enabled: false, totalRunCount: 0, lastRunAt: null });
  });

  it('disables a row that it is told to retire', async () => {
    await insert('old');
    const { store, entry } = await begin();
    const old = entry('old');
    if (!old) throw new Error('no entry');
    await store.retire(old);
    expect((await rowNamed('old')).enabled).toBe(false);
  });

  it('forgets old runs, but for the last of each entry', async () => {
    await insert('admin');
    const { store, entry } = await begin();
    await run(store, entry('admin'));
    expect(await store.prune(at('02:00:00'))).toBe(0);
    await clock.advance(3_600_000);
    await run(store, (await begin()).entry('admin'));
    expect(await store.prune(at('00:30:00'))).toBe(0);
    expect(await store.prune(at('02:30:00'))).toBe(1);
  });

  it('leaves the database open for the application', async () => {
    const { store } = await begin({ mine: {} });
    await store.close();
    await store.close();
    expect((await rowNamed('mine')).enabled).toBe(true);
  });
});

describe('Entries of code that fit no table', () => {
  const everyDay = cron('0 0 6 * * *');

  it('run from code, with their progress in the database', async () => {
    const schedule: Schedule = { cron: { schedule: everyDay }, lazy: { args: [new BeatLazyFunc(() => clock.now())] } };
    const { store, entry } = await begin(schedule);
    expect((await database.tasks.list({ limit: 9, offset: 0 })).total).toBe(0);
    expect(entry('lazy')?.call().args).toEqual([at('00:00:00')]);
    expect(nextOf(entry('cron'))).toEqual(at('06:00:00'));
    await clock.advance(6 * 3_600_000);
    const { taskId } = await run(store, entry('cron'));
    await clock.advance(3_600_000);
    const after = (await begin(schedule)).entry('cron');
    const progress = { since: at('06:00:00'), lastRunAt: at('06:00:00'), lastTaskId: taskId, rowId: undefined };
    expect(after).toMatchObject(progress);
    await clock.advance(2 * 86_400_000);
    expect(nextOf((await begin(schedule)).entry('cron'))).toEqual(new Date('2026-01-02T06:00:00Z'));
  });

  it('begin to count now when their schedule has changed', async () => {
    const { store, entry } = await begin({ cron: { schedule: everyDay } });
    await clock.advance(6 * 3_600_000);
    await run(store, entry('cron'));
    await clock.advance(2 * 86_400_000);
    const changed = (await begin({ cron: { schedule: cron('0 0 5 * * *') } })).entry('cron');
    expect(nextOf(changed)).toEqual(new Date('2026-01-04T05:00:00Z'));
  });

  it('are not put off by restarts: an interval is due at the same times whenever beat starts', async () => {
    const lazy = { args: [new BeatLazyFunc(() => 1)] };
    const schedule: Schedule = { week: { ...lazy, schedule: 7 * 86_400 }, day: { schedule: 86_400, relative: true } };
    const due = async () => (await begin(schedule)).entries.map(nextOf);
    const first = await due();
    expect(first).toEqual([new Date('2026-01-08T00:00:00Z'), new Date('2026-01-02T00:00:00Z')]);
    await clock.advance(86_399_000);
    expect(await due()).toEqual(first);
    const { store, entry } = await begin(schedule);
    await clock.advance(1000);
    await run(store, entry('day'));
    await clock.advance(43_200_000);
    expect(await due()).toEqual([first[0], new Date('2026-01-03T00:00:00Z')]);
  });

  it('are not loaded when they are disabled, or were one-offs and have run', async () => {
    const schedule: Schedule = {
      off: { schedule: everyDay, enabled: false },
      once: { schedule: clocked(at('01:00:00')), args: [new BeatLazyFunc(() => 1)] },
    };
    const { store, entries, entry } = await begin(schedule);
    expect(names(entries)).toEqual(['once']);
    await clock.advance(3_600_000);
    await run(store, entry('once'));
    expect((await begin(schedule)).entries).toEqual([]);
  });

  it('take the place of a row of their name that was there before', async () => {
    await begin({ mine: {} });
    const { entries, store } = await begin({ mine: { schedule: everyDay } });
    expect(entries.map(({ name, rowId }) => [name, rowId])).toEqual([['mine', undefined]]);
    const edits: EditedEntries[] = [];
    const stop = await store.watch((edited) => edits.push(edited));
    await store.load(clock.now(), fence);
    await database.tasks.update((await rowNamed('mine')).id, { task: 'u' });
    await clock.advance(0);
    expect(edits).toEqual([{ upserted: [], removed: [] }]);
    await stop();
  });
});

describe('DatabaseScheduleStore.watch', () => {
  /** What an agenda would hold: names and tasks. */
  async function watching(over?: ScheduleDatabase) {
    const { store, entries } = await begin({}, over);
    const seen = new Map(entries.map((entry) => [entry.name, entry.task]));
    const stop = await store.watch(({ upserted, removed }) => {
      for (const { name, task } of upserted) seen.set(name, task);
      for (const name of removed) seen.delete(name);
    });
    await store.load(clock.now(), fence);
    return { store, seen: () => Object.fromEntries(seen), stop };
  }

  it('sees what is made, edited, renamed, disabled, enabled and deleted', async () => {
    const one = await insert('one');
    const { seen, stop } = await watching();
    const two = await insert('two');
    await clock.advance(0);
    expect(seen()).toEqual({ one: 't', two: 't' });
    await database.tasks.update(one, { task: 'u' });
    await database.tasks.update(two, { name: 'three' });
    await clock.advance(0);
    expect(seen()).toEqual({ one: 'u', three: 't' });
    await database.tasks.update(one, { enabled: false });
    await database.tasks.remove(two);
    await clock.advance(0);
    expect(seen()).toEqual({});
    await database.tasks.update(one, { enabled: true });
    await clock.advance(0);
    expect(seen()).toEqual({ one: 'u' });
    await stop();
    await database.tasks.update(one, { task: 'v' });
    await clock.advance(0);
    expect(seen()).toEqual({ one: 'u' });
  });

  it('is not told of what beat itself writes with a run', async () => {
    await insert('one');
    const { store, entries } = await begin();
    const edits: EditedEntries[] = [];
    const stop = await store.watch((edited) => edits.push(edited));
    await store.load(clock.now(), fence);
    await run(store, entries[0]);
    await clock.advance(0);
    expect(edits).toEqual([]);
    await stop();
  });

  it('takes a row out that is broken by an edit, and takes it in when it is mended', async () => {
    const one = await insert('one');
    await insert('two');
    const { seen, stop } = await watching();
    await database.tasks.update(one, { headers: '{' });
    await clock.advance(0);
    expect(seen()).toEqual({ two: 't' });
    await database.tasks.update(one, { headers: '{}' });
    await clock.advance(0);
    expect(seen()).toEqual({ one: 't', two: 't' });
    await stop();
  });

  it('reads everything when only that something was edited is known', async () => {
    await insert('one');
    let tell = (): void => {};
    const over = databaseWith({
      watch: async (onEdit) => {
        tell = () => onEdit('all');
        return async () => {};
      },
    });
    const { seen, stop } = await watching(over);
    const [one] = await database.tasks.find({ names: ['one'] });
    if (one) await database.tasks.remove(one.id);
    await insert('two');
    expect(seen()).toEqual({ one: 't' });
    tell();
    await clock.advance(0);
    expect(seen()).toEqual({ two: 't' });
    await stop();
  });

  it('reads later what it cannot read just now, and loses nothing', async () => {
    const one = await insert('one');
    let isAway = false;
    const find: ScheduleDatabase['tasks']['find'] = async (by) => {
      if (isAway) throw new Error('away');
      return database.tasks.find(by);
    };
    const over = databaseWith({ tasks: { ...database.tasks, find } });
    const { seen, stop } = await watching(over);
    isAway = true;
    await database.tasks.remove(one);
    await insert('two');
    await clock.advance(1000);
    expect(seen()).toEqual({ one: 't' });
    isAway = false;
    await clock.advance(1000);
    expect(seen()).toEqual({ two: 't' });
    expect(log.filter((line) => line.includes('could not be read')).length).toBeGreaterThan(0);
    await stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('Two beats on one database', () => {
  it('may start at once: each entry is one row, and a due time is claimed once', async () => {
    const schedule = { one: { args: [1] }, two: {}, three: {} };
    const [first, second] = [make(schedule), make(schedule)];
    await Promise.all([first.open(), second.open()]);
    expect((await database.tasks.list({ limit: 9, offset: 0 })).total).toBe(3);
    const claim = { name: 'one', dueAt: at('01:00:00'), taskId: 'a' };
    const claims = await Promise.all([
      first.claim([claim], fence, clock.now()),
      second.claim([{ ...claim, taskId: 'b' }], fence, clock.now()),
    ]);
    expect(new Set(claims.flat().map(({ taskId }) => taskId)).size).toBe(1);
    await expect(second.claim([claim], 'other', clock.now())).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});
