import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BeatScheduleEntry } from '../app/config.js';
import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import { silentLogger } from '../contracts/logger.js';
import type { Claim, SettledRun } from '../contracts/periodic-tasks.js';
import { nextDueOf } from '../periodic-tasks/next-due.js';
import { clocked } from '../schedules/clocked.js';
import { crontab } from '../schedules/crontab.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CodeScheduleStore } from './code-schedule-store.js';
import type { CodeScheduleStoreDeps } from './code-schedule-store.js';
import { compileDefinitions } from './compile-definitions.js';
import { ScheduleFile } from './schedule-file.js';
import type { FiledEntries } from './schedule-file.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const START = at('00:00:00');

type Schedule = Record<string, Omit<BeatScheduleEntry, 'task'>>;
type Options = Partial<Pick<CodeScheduleStoreDeps, 'syncEvery' | 'file'>> & { readonly schedule?: Schedule };

let folder: string;
let path: string;
let clock: FakeClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'code-schedule-store-'));
  path = join(folder, 'celerybeat-schedule.json');
  clock = new FakeClock(START);
});

afterEach(() => rm(folder, { recursive: true }));

const fileAt = (where = path, timezone = 'UTC') => new ScheduleFile(where, { timezone, enableUtc: true }, silentLogger);

function make({ schedule = { hourly: { schedule: 3600 } }, file = fileAt(), syncEvery = 0 }: Options = {}) {
  const entries = Object.entries(schedule).map(([name, entry]) => [name, { task: `t.${name}`, ...entry }]);
  const definitions = compileDefinitions({ timezone: 'UTC', beatSchedule: Object.fromEntries(entries) });
  return new CodeScheduleStore({ definitions, file, syncEvery, clock, logger: silentLogger });
}

/** A store as the next start of beat finds it, after a crash too: nobody closes the one before. */
async function begin(time: string, options: Options = {}) {
  const store = make(options);
  await store.open();
  const { entries, unfinished } = await store.load(at(time));
  const entry = (name = 'hourly') => entries.find((one) => one.name === name);
  const next = (name?: string) => {
    const found = entry(name);
    return found && nextDueOf(found);
  };
  return { store, entries, unfinished, entry, next };
}

const claimOf = (time: string, fields: Partial<Claim> = {}): Claim => ({
  name: 'hourly',
  dueAt: at(time),
  taskId: `run ${time}`,
  ...fields,
});

function sentOf(claim: Claim, fields: Partial<SettledRun> = {}): SettledRun {
  const entry = { rowId: undefined, schedule: 'every hour', nextRunAt: null, isOver: false };
  return { ...claim, status: 'sent', at: new Date(claim.dueAt.getTime() + 4), entry, ...fields };
}

async function run(store: CodeScheduleStore, claim: Claim): Promise<void> {
  await store.claim([claim]);
  await store.settle([sentOf(claim)]);
}

/** A file that takes its time: what was saved, and a way to let a save end. */
function slowFile() {
  const saves: FiledEntries[] = [];
  const ends: { done: () => void; fail: (error: Error) => void }[] = [];
  const save = (entries: FiledEntries) => {
    saves.push(entries);
    return new Promise<void>((done, fail) => ends.push({ done, fail }));
  };
  return { file: { path: 'slow', load: async () => new Map(), save }, saves, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const taskIds = (saved: FiledEntries | undefined) => saved?.get('hourly')?.claims.map(({ taskId }) => taskId);

describe('CodeScheduleStore', () => {
  it('sends nothing at the first start', async () => {
    const schedule: Schedule = {
      hourly: { schedule: 3600 },
      nightly: { schedule: crontab({ minute: 0, hour: 4 }) },
      past: { schedule: 60, startTime: at('00:00:30') },
    };
    const { entries, unfinished, next } = await begin('10:20:00', { schedule });
    expect(unfinished).toEqual([]);
    expect(entries.map(({ lastRunAt }) => lastRunAt)).toEqual([undefined, undefined, undefined]);
    expect(next('hourly')).toEqual(at('11:20:00'));
    expect(next('nightly')).toEqual(new Date('2026-01-02T04:00:00Z'));
    expect(next('past')).toEqual(at('10:20:30'));
  });

  it('does not begin anew when it is started again before the first run', async () => {
    await begin('00:00:00');
    await begin('00:50:00');
    expect((await begin('02:30:00')).next()).toEqual(at('01:00:00'));
  });

  it('goes on after a restart where it was', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    const { entry, next, unfinished } = await begin('01:30:00');
    const lastRunAt = at('01:00:00.004');
    expect(entry()).toMatchObject({ lastRunAt, lastTaskId: 'run 01:00:00', totalRunCount: 1, since: at('01:00:00') });
    expect(next()).toEqual(at('02:00:00'));
    expect(unfinished).toEqual([]);
  });

  it('begins to count now where the schedule has changed in code, and the runs are remembered', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    const { entry, next } = await begin('01:30:00', { schedule: { hourly: { schedule: 1800 } } });
    expect(next()).toEqual(at('02:00:00'));
    expect(entry()).toMatchObject({ totalRunCount: 1, lastTaskId: 'run 01:00:00' });
    expect((await begin('01:45:00', { schedule: { hourly: { schedule: 1800 } } })).next()).toEqual(at('02:00:00'));
  });

  it('takes other arguments and options from code without beginning anew', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    const schedule = { hourly: { schedule: 3600, args: [5], options: { queue: 'q' }, jitter: 2 } };
    const { entry, next } = await begin('01:30:00', { schedule });
    expect(entry()?.call()).toEqual({ args: [5], kwargs: {}, options: { queue: 'q' } });
    expect(entry()?.policy.jitter).toBe(2);
    expect(next()).toEqual(at('02:00:00'));
  });

  it('forgets entries that are no longer in code', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    await store.claim([claimOf('02:00:00')]);
    expect((await begin('02:10:00', { schedule: { other: { schedule: 60 } } })).unfinished).toEqual([]);
    expect((await begin('02:30:00')).next()).toEqual(at('03:30:00'));
  });

  it('lets an entry that was disabled in code begin anew', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    expect((await begin('01:10:00', { schedule: { hourly: { schedule: 3600, enabled: false } } })).entries).toEqual([]);
    expect((await begin('05:30:00')).next()).toEqual(at('06:30:00'));
  });

  it('begins anew when the time zone has changed', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    expect((await begin('01:30:00', { file: fileAt(path, 'Asia/Seoul') })).next()).toEqual(at('02:30:00'));
  });

  it('begins anew when the file is damaged', async () => {
    await writeFile(path, '{"version":1');
    expect((await begin('01:30:00')).next()).toEqual(at('02:30:00'));
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe('{"version":1');
  });

  it('does not load a one-off that has had its run, and loads one that has not', async () => {
    const schedule: Schedule = {
      once: { schedule: clocked(at('01:00:00')) },
      later: { schedule: clocked(at('03:00:00')) },
      first: { schedule: 3600, oneOff: true },
    };
    const { store, entries } = await begin('00:00:00', { schedule });
    expect(entries.map(({ oneOff }) => oneOff)).toEqual([true, true, true]);
    await run(store, claimOf('01:00:00', { name: 'once' }));
    await run(store, claimOf('01:00:00', { name: 'first' }));
    for (const time of ['01:10:00', '01:20:00']) {
      expect((await begin(time, { schedule })).entries.map(({ name }) => name)).toEqual(['later']);
    }
  });

  it('sends a clocked entry whose time has passed while no beat ran', async () => {
    const schedule: Schedule = { once: { schedule: clocked(at('01:00:00')) } };
    await begin('00:00:00', { schedule });
    expect((await begin('02:00:00', { schedule })).next('once')).toEqual(at('01:00:00'));
  });

  it('works out lazy arguments for each run', async () => {
    const lazy = new BeatLazyFunc(() => clock.now().toISOString());
    const { entry } = await begin('00:00:00', { schedule: { hourly: { schedule: 3600, args: [lazy] } } });
    expect(entry()?.call().args).toEqual(['2026-01-01T00:00:00.000Z']);
    await clock.advance(3_600_000);
    expect(entry()?.call().args).toEqual(['2026-01-01T01:00:00.000Z']);
  });

  it('remembers nothing without a file', async () => {
    const store = make();
    const memory = new CodeScheduleStore({
      definitions: compileDefinitions({ timezone: 'UTC', beatSchedule: { hourly: { task: 't', schedule: 3600 } } }),
      clock,
      logger: silentLogger,
    });
    expect([store.title, memory.title]).toEqual([`file ${path}`, 'memory']);
    await memory.open();
    await memory.load(START);
    await run(memory, claimOf('01:00:00'));
    expect((await memory.load(at('01:30:00'))).entries[0]).toMatchObject({ since: at('01:00:00'), totalRunCount: 1 });
    await memory.close();
    await memory.open();
    expect((await memory.load(at('01:30:00'))).entries[0]).toMatchObject({ since: at('01:30:00'), totalRunCount: 0 });
  });
});

describe('CodeScheduleStore after a crash', () => {
  it('gives back what was claimed and not settled, under its id', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    const claims = [claimOf('02:00:00'), claimOf('03:00:00')];
    expect(await store.claim(claims)).toEqual(claims);
    const { unfinished, store: next } = await begin('03:10:00');
    expect(unfinished).toEqual(claims);
    await next.settle(claims.map((claim) => sentOf(claim)));
    const { unfinished: left, entry } = await begin('03:20:00');
    expect(left).toEqual([]);
    expect(entry()).toMatchObject({ since: at('03:00:00'), totalRunCount: 3 });
  });

  it('gives back the claim of an entry that was disabled since, for somebody to cancel', async () => {
    const { store } = await begin('00:00:00');
    const claim = claimOf('01:00:00');
    await store.claim([claim]);
    const schedule: Schedule = { hourly: { schedule: 3600, enabled: false } };
    const { unfinished, store: next } = await begin('01:10:00', { schedule });
    expect(unfinished).toEqual([claim]);
    await next.settle([{ ...claim, status: 'cancelled', at: at('01:10:00') }]);
    expect((await begin('01:20:00', { schedule })).unfinished).toEqual([]);
  });

  it('does not set an entry back when its schedule has changed since the claim', async () => {
    const { store } = await begin('00:00:00');
    await store.claim([claimOf('01:00:00')]);
    const schedule: Schedule = { hourly: { schedule: 60 } };
    const { store: next } = await begin('01:30:00', { schedule });
    await next.settle([sentOf(claimOf('01:00:00'), { at: at('01:30:01') })]);
    expect(next.title).toContain('file');
    const filed = (await fileAt().load()).get('hourly')?.progress;
    expect(filed).toMatchObject({ since: at('01:30:00'), lastTaskId: 'run 01:00:00', totalRunCount: 1 });
  });
});

describe('CodeScheduleStore.settle', () => {
  it.each(['skipped', 'missed', 'cancelled'] as const)('does not take up again what was %s', async (status) => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    const claim = claimOf('02:00:00');
    await store.claim([claim]);
    await store.settle([{ ...claim, status, at: at('02:00:09') }]);
    const { entry, next } = await begin('02:30:00');
    expect(next()).toEqual(at('03:00:00'));
    expect(entry()).toMatchObject({ totalRunCount: 1, lastTaskId: 'run 01:00:00', lastRunAt: at('01:00:00.004') });
  });

  it('counts a run once, however often it is settled', async () => {
    const { store } = await begin('00:00:00');
    await run(store, claimOf('01:00:00'));
    await store.settle([sentOf(claimOf('01:00:00'))]);
    expect((await begin('01:30:00')).entry()?.totalRunCount).toBe(1);
  });
});

describe('CodeScheduleStore and its file', () => {
  it('has written a claim before it gives it', async () => {
    const { file, saves, ends } = slowFile();
    const store = make({ file });
    await store.open();
    const order: string[] = [];
    const claiming = store.claim([claimOf('01:00:00')]).then(() => order.push('claimed'));
    await turn();
    expect(taskIds(saves[0])).toEqual(['run 01:00:00']);
    order.push('written');
    ends[0]?.done();
    await claiming;
    expect(order).toEqual(['written', 'claimed']);
  });

  it('writes once for all who come at the same time, and one after the other', async () => {
    const { file, saves, ends } = slowFile();
    const store = make({ file });
    await store.open();
    const claim = (count: number, from: number) =>
      Array.from({ length: count }, (_, index) => store.claim([claimOf(`0${from + index}:00:00`)]));
    const first = claim(3, 1);
    await turn();
    const second = claim(3, 4);
    await turn();
    expect(saves).toHaveLength(1);
    ends[0]?.done();
    await Promise.all(first);
    await turn();
    expect(saves.map((saved) => taskIds(saved)?.length)).toEqual([3, 6]);
    expect(taskIds(saves[1])).toEqual([1, 2, 3, 4, 5, 6].map((hour) => `run 0${hour}:00:00`));
    ends[1]?.done();
    await Promise.all(second);
    expect(saves).toHaveLength(2);
  });

  it('stays in order when a thousand are claimed and settled at once', async () => {
    const { store } = await begin('00:00:00');
    const claims = Array.from({ length: 1000 }, (_, index) =>
      claimOf('01:00:00', { dueAt: new Date(START.getTime() + index * 1000), taskId: `${index}` }),
    );
    await Promise.all(claims.map((claim) => run(store, claim)));
    const { entry, unfinished } = await begin('02:00:00');
    expect(unfinished).toEqual([]);
    expect(entry()).toMatchObject({ totalRunCount: 1000, lastTaskId: '999', since: claims[999]?.dueAt });
  });

  it('refuses to start when the file cannot be written, and may be started again', async () => {
    await mkdir(`${path}.${process.pid}.new`);
    const store = make();
    await store.open();
    const refused = {
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining(`${path} (beatScheduleFilename, -s)`),
    };
    await expect(store.load(START)).rejects.toMatchObject(refused);
    await rm(`${path}.${process.pid}.new`, { recursive: true, force: true });
    await store.open();
    expect((await store.load(START)).entries).toHaveLength(1);
  });

  it('gives the id of then when a claim could not be written and is made again', async () => {
    const { file, saves, ends } = slowFile();
    const store = make({ file });
    await store.open();
    const failed = store.claim([claimOf('01:00:00', { taskId: 'first' })]);
    await turn();
    ends[0]?.fail(new Error('disk full'));
    await expect(failed).rejects.toThrow('disk full');
    const again = store.claim([claimOf('01:00:00', { taskId: 'second' })]);
    await turn();
    ends[1]?.done();
    expect(await again).toEqual([claimOf('01:00:00', { taskId: 'first' })]);
    expect(taskIds(saves[1])).toEqual(['first']);
  });

  it('counts a run once that could not be written and is settled again', async () => {
    const { file, saves, ends } = slowFile();
    const store = make({ file });
    const settle = (index: number, end: 'done' | 'fail') => {
      const settled = store.settle([sentOf(claimOf('01:00:00'))]);
      return turn().then(() => (ends[index]?.[end](new Error('disk full')), settled));
    };
    await store.open();
    const loaded = store.load(START);
    await turn();
    ends[0]?.done();
    await loaded;
    const claimed = store.claim([claimOf('01:00:00')]);
    await turn();
    ends[1]?.done();
    await claimed;
    await expect(settle(2, 'fail')).rejects.toThrow('disk full');
    await settle(3, 'done');
    expect(saves[3]?.get('hourly')).toMatchObject({ claims: [], progress: { totalRunCount: 1 } });
    await settle(4, 'done');
    expect(saves).toHaveLength(4);
  });
});

describe('CodeScheduleStore with syncEvery', () => {
  const known = async () => (await fileAt().load()).get('hourly')?.progress?.totalRunCount;
  const options = { syncEvery: 3 };

  it('writes after so many runs', async () => {
    const { store } = await begin('00:00:00', options);
    await run(store, claimOf('01:00:00'));
    await run(store, claimOf('02:00:00'));
    expect(await known()).toBe(0);
    await run(store, claimOf('03:00:00'));
    expect(await known()).toBe(3);
    await run(store, claimOf('04:00:00'));
    expect(await known()).toBe(3);
  });

  it('writes after three minutes in any case', async () => {
    const { store } = await begin('00:00:00', options);
    await clock.advance(180_001);
    await run(store, claimOf('01:00:00'));
    expect(await known()).toBe(1);
  });

  it('writes what is left when it is closed', async () => {
    const { store } = await begin('00:00:00', options);
    await run(store, claimOf('01:00:00'));
    await store.close();
    expect(await known()).toBe(1);
    await rm(path);
    await store.close();
    expect(await known()).toBeUndefined();
  });
});
