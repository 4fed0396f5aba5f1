import type { PeriodicTaskChange, PeriodicTaskStore, ScheduleRow } from '../contracts/periodic-tasks.js';
import { MemoryPeriodicTasks } from '../memory/memory-periodic-tasks.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RowEntries } from './row-entries.js';
import { ScheduleCache } from './schedule-cache.js';

const HOURLY: ScheduleRow = { kind: 'interval', every: 1, period: 'hours' };
const NIGHTLY: ScheduleRow = {
  kind: 'crontab',
  minute: '0',
  hour: '4',
  dayOfMonth: '*',
  monthOfYear: '*',
  dayOfWeek: '*',
  timezone: 'UTC',
};

type Save = PeriodicTaskChange & { readonly name: string };

interface SetUp {
  readonly codeOnly?: readonly string[];
  readonly isAway?: () => boolean;
}

/** Rows, and the entries of them. */
function setUp({ codeOnly = [], isAway = () => false }: SetUp = {}) {
  const errors: string[] = [];
  const warnings: string[] = [];
  const edits: number[] = [];
  const clock = new FakeClock();
  const rows = new MemoryPeriodicTasks(clock, (id) => edits.push(id));
  const orAway = <T>(run: () => T): T => {
    if (isAway()) throw new Error('the database is away');
    return run();
  };
  const tasks: Pick<PeriodicTaskStore, 'page' | 'find' | 'update'> = {
    page: async (...query) => orAway(() => rows.page(...query)),
    find: async (by) => orAway(() => rows.find(by)),
    update: async (id, change) => orAway(() => rows.update(id, change)),
  };
  const silent = () => {};
  const entries = new RowEntries({
    tasks,
    schedules: new ScheduleCache('UTC'),
    codeOptions: new Map(),
    codeOnly: new Set(codeOnly),
    clock,
    logger: {
      debug: silent,
      log: silent,
      warn: (line: string) => void warnings.push(line),
      error: (line: string) => void errors.push(line),
    },
  });
  const insert = (fields: Save) => rows.insert({ task: 't', schedules: [HOURLY], ...fields });
  const row = async (id: number) => (await rows.find({ ids: [id] }))[0];
  const edited = async (...ids: number[]) => {
    const { upserted, removed } = await entries.edited(ids);
    return { upserted: upserted.map(({ name }) => name), removed };
  };
  return { clock, entries, rows, insert, row, edited, errors, warnings, edits };
}

const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);

describe('RowEntries.all', () => {
  it('gives every enabled row, page by page', async () => {
    const { entries, insert } = setUp();
    for (let n = 0; n < 10_001; n++) await insert({ name: `row ${n}`, enabled: n % 5000 !== 1 });
    const all = await entries.all();
    expect(all).toHaveLength(9_999);
    expect(new Set(names(all)).size).toBe(9_999);
    expect(all.at(-1)?.name).toBe('row 10000');
    const [first, second] = all;
    expect(first?.schedule).toBe(second?.schedule);
  });
});

describe('A row that cannot be used', () => {
  it.each<[string, Partial<Save>, RegExp, 'disabled' | 'skipped']>([
    ['arguments that are no JSON', { args: '[1,' }, /args: Unable to parse JSON/, 'disabled'],
    ['keyword arguments that are no JSON', { kwargs: "{'a': 1}" }, /kwargs: Unable to parse JSON/, 'disabled'],
    ['a type that kombu does not know', { args: '[{"__type__": "x", "__value__": 1}]' }, /args: Unable/, 'disabled'],
    ['no schedule', { schedules: [] }, /schedule: One of clocked, interval, crontab, or solar/, 'disabled'],
    ['arguments that are no list', { args: '{}' }, /args: args has to be a JSON array/, 'skipped'],
    ['headers that are no JSON', { headers: 'x' }, /headers: Unable to parse JSON/, 'skipped'],
    ['two schedules', { schedules: [HOURLY, NIGHTLY] }, /interval: Only one .* crontab: Only one/, 'skipped'],
    ['an unknown time zone', { schedules: [{ ...NIGHTLY, timezone: 'Mars/Base' }] }, /timezone: .*Mars/, 'skipped'],
    [
      'clocked without one_off',
      { schedules: [{ kind: 'clocked', clockedTime: new Date('2027-01-01T00:00:00Z') }] },
      /oneOff: clocked must be one off/,
      'skipped',
    ],
    [
      'two expiries',
      { expires: new Date('2027-01-01T00:00:00Z'), expireSeconds: 0 },
      /expires: Only one .* expireSeconds: Only one/,
      'skipped',
    ],
    ['a Sunday that is 7', { schedules: [{ ...NIGHTLY, dayOfWeek: '7' }] }, /dayOfWeek: .*7/, 'skipped'],
    ['31 February', { schedules: [{ ...NIGHTLY, dayOfMonth: '31', monthOfYear: '2' }] }, /dayOfMonth: /, 'skipped'],
    ['priority 300', { priority: 300 }, /priority: .* 255/, 'skipped'],
    [
      'a wrong latitude',
      { schedules: [{ kind: 'solar', event: 'sunset', latitude: 91, longitude: 0 }] },
      /latitude: .*91/,
      'skipped',
    ],
  ])('is reported once, by name and field, and all others go on: %s', async (_, broken, message, done) => {
    const { entries, insert, row, errors } = setUp();
    await insert({ name: 'first' });
    const id = await insert({ name: 'broken', ...broken });
    await insert({ name: 'last' });
    expect(names(await entries.all())).toEqual(['first', 'last']);
    expect(names((await entries.allEdited()).upserted)).toEqual(['first', 'last']);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(errors[0]).toContain(`beat: the periodic task 'broken' (id ${id}) cannot be used and is ${done}. `);
    expect((await row(id))?.enabled).toBe(done === 'skipped');
  });

  it('is told of again when it is broken in another way, or anew', async () => {
    const { entries, insert, rows, edited, errors } = setUp();
    const id = await insert({ name: 'one', priority: 300 });
    await entries.all();
    await rows.update(id, { priority: 301, headers: 'x' });
    expect(await edited(id)).toEqual({ upserted: [], removed: [] });
    await rows.update(id, { priority: 3, headers: '{}' });
    expect(await edited(id)).toEqual({ upserted: ['one'], removed: [] });
    await rows.update(id, { priority: 300 });
    expect(await edited(id)).toEqual({ upserted: [], removed: ['one'] });
    expect(errors).toHaveLength(3);
  });

  it('is disabled again when somebody enables it as it is', async () => {
    const { entries, insert, rows, row, edited, errors } = setUp();
    const id = await insert({ name: 'one', args: 'x', lastRunAt: new Date(0) });
    await entries.all();
    expect(await row(id)).toMatchObject({ enabled: false, lastRunAt: null });
    await edited(id);
    await rows.update(id, { enabled: true });
    await edited(id);
    expect(await row(id)).toMatchObject({ enabled: false });
    expect(errors).toHaveLength(2);
  });

  it('goes on being skipped where it cannot be disabled just now', async () => {
    let writes = 0;
    const { entries, insert, rows, row, warnings, errors } = setUp();
    const update = rows.update.bind(rows);
    rows.update = async (...change) => {
      if (writes++ === 0) throw new Error('read-only');
      return update(...change);
    };
    const id = await insert({ name: 'one', args: 'x' });
    await insert({ name: 'two' });
    expect(names(await entries.all())).toEqual(['two']);
    expect(warnings).toEqual(["beat: the periodic task 'one' cannot be disabled: read-only"]);
    await entries.all();
    expect((await row(id))?.enabled).toBe(false);
    expect(errors).toHaveLength(1);
  });

  it('is one whose name an entry of code has that no table can hold', async () => {
    const { entries, insert, row, errors } = setUp({ codeOnly: ['lazy'] });
    const id = await insert({ name: 'lazy' });
    await insert({ name: 'two' });
    expect(names(await entries.all())).toEqual(['two']);
    expect(errors).toEqual([expect.stringMatching(/'lazy'.* is skipped\. name: The entry of this name is in code/)]);
    expect((await row(id))?.enabled).toBe(true);
  });
});

describe('A one-off that has run', () => {
  it('is disabled as Django leaves it, and can be enabled for another run', async () => {
    const { entries, insert, rows, row, edited } = setUp();
    const id = await insert({ name: 'once', oneOff: true, totalRunCount: 1, lastRunAt: new Date(0) });
    expect(await entries.all()).toEqual([]);
    expect(await row(id)).toMatchObject({ enabled: false, totalRunCount: 0, lastRunAt: null });
    await rows.update(id, { enabled: true });
    expect(await edited(id)).toEqual({ upserted: ['once'], removed: [] });
  });
});

describe('RowEntries.retire', () => {
  it('disables a row whose time is over, and leaves its count', async () => {
    const { entries, insert, row } = setUp();
    const id = await insert({ name: 'old', totalRunCount: 5, lastRunAt: new Date(0) });
    const [entry] = await entries.all();
    if (!entry) throw new Error('no entry');
    await entries.retire(entry);
    expect(await row(id)).toMatchObject({ enabled: false, totalRunCount: 5, lastRunAt: null });
  });
});

describe('RowEntries.edited', () => {
  it('gives what was made and changed, and names what was disabled and deleted', async () => {
    const { entries, insert, rows, edited } = setUp();
    const [one, two, three] = [
      await insert({ name: 'one' }),
      await insert({ name: 'two' }),
      await insert({ name: '3' }),
    ];
    await entries.all();
    const four = await insert({ name: 'four' });
    await rows.update(one, { args: '[1]' });
    await rows.update(two, { enabled: false });
    await rows.remove(three);
    expect(await edited(one, two, three, four)).toEqual({ upserted: ['one', 'four'], removed: ['two', '3'] });
    expect(await edited(one, two, three, four)).toEqual({ upserted: ['one', 'four'], removed: [] });
    await rows.update(two, { enabled: true });
    expect(await edited(two)).toEqual({ upserted: ['two'], removed: [] });
  });

  it('takes a new name for the old one', async () => {
    const { entries, insert, rows, edited } = setUp();
    const id = await insert({ name: 'old' });
    await entries.all();
    await rows.update(id, { name: 'new' });
    expect(await edited(id)).toEqual({ upserted: ['new'], removed: ['old'] });
    expect(await edited(id)).toEqual({ upserted: ['new'], removed: [] });
  });

  it('loses no row when two swap their names, in whatever order they are read', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { entries, insert, rows, edited } = setUp();
      const ids = [await insert({ name: 'a' }), await insert({ name: 'b' })] as const;
      const agenda = new Map((await entries.all()).map(({ name, rowId }) => [name, rowId]));
      await rows.update(ids[0], { name: 'c' });
      await rows.update(ids[1], { name: 'a' });
      await rows.update(ids[0], { name: 'b' });
      for (const one of order) {
        const { upserted, removed } = await entries.edited([ids[one]]);
        for (const { name, rowId } of upserted) agenda.set(name, rowId);
        for (const name of removed) agenda.delete(name);
      }
      expect(Object.fromEntries(agenda)).toEqual({ a: ids[1], b: ids[0] });
      expect(await edited(...ids)).toEqual({ upserted: ['b', 'a'], removed: [] });
    }
  });

  it('keeps the row that was made under the name of a deleted one', async () => {
    const { entries, insert, rows, edited } = setUp();
    const before = await insert({ name: 'a' });
    await entries.all();
    await rows.remove(before);
    const after = await insert({ name: 'a' });
    expect(await edited(after)).toEqual({ upserted: ['a'], removed: [] });
    expect(await edited(before)).toEqual({ upserted: [], removed: [] });
  });

  it('does not make up for what was due while a row was disabled, whoever enables it and however', async () => {
    const { clock, entries, insert, rows } = setUp();
    const lastRunAt = clock.now();
    const id = await insert({ name: 'one', lastRunAt });
    const sinceNow = async () => (await entries.edited([id])).upserted.map(({ since }) => since);
    expect((await entries.all()).map(({ since }) => since)).toEqual([lastRunAt]);
    await clock.advance(10 * 3_600_000);
    await rows.update(id, { description: 'still in step' });
    expect(await sinceNow()).toEqual([lastRunAt]);
    await rows.update(id, { enabled: false });
    expect(await sinceNow()).toEqual([]);
    await rows.update(id, { enabled: true });
    expect(await sinceNow()).toEqual([clock.now()]);
  });

  it('still knows what has gone when it could not be read at first', async () => {
    let isAway = false;
    const { entries, insert, rows, edited } = setUp({ isAway: () => isAway });
    const [one, two] = [await insert({ name: 'one' }), await insert({ name: 'two' })];
    await entries.all();
    await rows.remove(one);
    isAway = true;
    await expect(edited(one)).rejects.toThrow('away');
    await expect(entries.allEdited()).rejects.toThrow('away');
    isAway = false;
    expect(await edited(one)).toEqual({ upserted: [], removed: ['one'] });
    await rows.remove(two);
    expect(await entries.allEdited()).toEqual({ upserted: [], removed: ['two'] });
  });
});

describe('RowEntries.allEdited', () => {
  it('gives every row, and names what has gone', async () => {
    const { entries, insert, rows } = setUp();
    const [one] = [await insert({ name: 'one' }), await insert({ name: 'two' })];
    await entries.all();
    await rows.update(one, { name: 'three' });
    await insert({ name: 'four' });
    const { upserted, removed } = await entries.allEdited();
    expect(names(upserted)).toEqual(['three', 'two', 'four']);
    expect(removed).toEqual(['one']);
  });
});
