import { waitUntil } from '@nestjs-celery/core/testing';
import { BeatRows, type Columns } from '../support/beat-rows.js';
import { BeatSpy } from '../support/beat-spy.js';
import { startNodeBeat } from '../support/node-beat.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import type { TestProcess } from '../support/processes.js';
import { query } from '../support/query.js';

const TIMEOUT = 60_000;
/** Within a second, and what a busy machine adds. */
const SOON_MS = 2_000;
const GOOD = ['good', 'good too'];
const DAY = 86_400_000;

/** Two days ago: whatever is repaired is due at once. */
const made = new Date(Date.now() - 2 * DAY);
const yesterday = new Date(Date.now() - DAY);

/** Makes the schedules of a broken row, and gives the columns that lead there. */
type Schedules = (rows: BeatRows) => Promise<Columns>;

interface Broken {
  readonly name: string;
  readonly schedules?: Schedules;
  readonly columns?: Columns;
  /** What is said, field by field. */
  readonly says: RegExp;
  /** Django's scheduler disables such rows. */
  readonly disabled?: boolean;
  /** A statement that repairs it; `$1` is the row's id. */
  readonly repair: string;
}

const everySecond: Schedules = async (rows) => ({ interval_id: await rows.interval() });
const interval =
  (every: number, period = 'seconds'): Schedules =>
  async (rows) => ({ interval_id: await rows.interval(every, period) });
const crontab =
  (columns: Columns): Schedules =>
  async (rows) => ({ crontab_id: await rows.crontab(columns) });
const solar =
  (columns: Columns): Schedules =>
  async (rows) => ({
    solar_id: await rows.insert('solarschedule', { event: 'sunset', latitude: 48, longitude: 11, ...columns }),
  });
const clocked: Schedules = async (rows) => ({
  clocked_id: await rows.insert('clockedschedule', { clocked_time: yesterday }),
});

const setTask = (what: string) => `UPDATE django_celery_beat_periodictask SET ${what} WHERE id = $1`;
const setSchedule = (kind: string, what: string) =>
  `UPDATE django_celery_beat_${kind}schedule SET ${what}
   WHERE id = (SELECT ${kind}_id FROM django_celery_beat_periodictask WHERE id = $1)`;

const BROKEN: readonly Broken[] = [
  {
    name: 'args',
    columns: { args: '[1,' },
    says: /args: Unable to parse JSON/,
    disabled: true,
    repair: setTask(`args = '[1]', enabled = true`),
  },
  {
    name: 'kwargs',
    columns: { kwargs: `{'a': 1}` },
    says: /kwargs: Unable to parse JSON/,
    disabled: true,
    repair: setTask(`kwargs = '{"a": 1}', enabled = true`),
  },
  {
    name: 'args that are no list',
    columns: { args: '{"a": 1}' },
    says: /args: args has to be a JSON array/,
    repair: setTask(`args = '[]'`),
  },
  {
    name: 'kwargs that are no object',
    columns: { kwargs: '[1]' },
    says: /kwargs: kwargs has to be a JSON object/,
    repair: setTask(`kwargs = '{}'`),
  },
  {
    name: 'headers',
    columns: { headers: '{' },
    says: /headers: Unable to parse JSON/,
    repair: setTask(`headers = '{}'`),
  },
  {
    name: 'headers that are no object',
    columns: { headers: '[1]' },
    says: /headers: headers has to be a JSON object/,
    repair: setTask(`headers = ''`),
  },
  {
    name: 'no schedule',
    schedules: async () => ({}),
    says: /schedule: One of clocked, interval, crontab, or solar must be set/,
    disabled: true,
    repair: setTask(
      `interval_id = (SELECT min(id) FROM django_celery_beat_intervalschedule WHERE every = 1), enabled = true`,
    ),
  },
  {
    name: 'two schedules',
    schedules: async (rows) => ({ interval_id: await rows.interval(), crontab_id: await rows.crontab() }),
    says: /interval: Only one of .* crontab: Only one of/,
    repair: setTask('crontab_id = NULL'),
  },
  {
    name: 'zone',
    schedules: crontab({ timezone: 'Mars/Olympus' }),
    says: /timezone: .*'Mars\/Olympus'/,
    repair: setSchedule('crontab', `timezone = 'Europe/Berlin'`),
  },
  {
    name: 'dow 7',
    schedules: crontab({ day_of_week: '7' }),
    says: /dayOfWeek: .*7/,
    repair: setSchedule('crontab', `day_of_week = '*'`),
  },
  {
    name: '31 February',
    schedules: crontab({ day_of_month: '31', month_of_year: '2' }),
    says: /dayOfMonth: /,
    repair: setSchedule('crontab', `day_of_month = '*', month_of_year = '*'`),
  },
  {
    name: 'minute 60',
    schedules: crontab({ minute: '60' }),
    says: /minute: .*60/,
    repair: setSchedule('crontab', `minute = '*'`),
  },
  {
    name: 'not one off',
    schedules: clocked,
    says: /oneOff: clocked must be one off/,
    repair: setTask('one_off = true'),
  },
  {
    name: 'both expire',
    columns: { expires: new Date(Date.now() + DAY), expire_seconds: 60 },
    says: /expires: Only one can be set.* expireSeconds: Only one can be set/,
    repair: setTask('expires = NULL'),
  },
  { name: 'priority', columns: { priority: 300 }, says: /priority: .*255/, repair: setTask('priority = 9') },
  {
    name: 'latitude',
    schedules: solar({ latitude: 91 }),
    says: /latitude: .*91/,
    repair: setSchedule('solar', 'latitude = 52.52'),
  },
  {
    name: 'longitude',
    schedules: solar({ longitude: -180.5 }),
    says: /longitude: .*180\.5/,
    repair: setSchedule('solar', 'longitude = 13.405'),
  },
  {
    name: 'event',
    schedules: solar({ event: 'noon' }),
    says: /event: .*noon/,
    repair: setSchedule('solar', `event = 'solar_noon'`),
  },
  { name: 'every 0', schedules: interval(0), says: /every: /, repair: setSchedule('interval', 'every = 1') },
  { name: 'every -5', schedules: interval(-5), says: /every: /, repair: setSchedule('interval', 'every = 1') },
  {
    name: 'period',
    schedules: interval(1, 'fortnights'),
    says: /period: .*fortnights/,
    repair: setSchedule('interval', `period = 'seconds'`),
  },
  {
    name: 'no task',
    columns: { task: '' },
    says: /task: This field cannot be blank/,
    repair: setTask(`task = 'beat.tick'`),
  },
];

describe('rows that somebody else writes', () => {
  let database: OwnDatabase;
  let rows: BeatRows;
  let spy: BeatSpy;
  let beat: TestProcess;
  const ids = new Map<string, number>();

  const makeGood = async (name: string) => {
    ids.set(name, await rows.task(name, { ...(await everySecond(rows)), queue: spy.queue }));
  };

  beforeAll(async () => {
    database = await createOwnDatabase();
    rows = new BeatRows(database.url);
    spy = await new BeatSpy().open();
    beat = await startNodeBeat({ entry: 'chaos-beat', databaseUrl: database.url });
    for (const name of GOOD) await makeGood(name);
    for (const { name, schedules = everySecond, columns } of BROKEN) {
      const all = { ...(await schedules(rows)), ...columns, queue: spy.queue, date_changed: made };
      ids.set(name, await rows.task(name, all));
    }
  }, TIMEOUT);

  afterAll(async () => {
    await spy.close();
    await database.drop();
  });

  /** What beat has said of a row that cannot be used. */
  const complaints = (name: string) =>
    beat
      .logs()
      .split('\n')
      .filter((line) => line.includes(`the periodic task '${name}' (id ${ids.get(name)}) cannot be used`));

  it('are named once with the field that is wrong, and disabled only where Django disables them', async () => {
    await waitUntil('all are named', () => BROKEN.every(({ name }) => complaints(name).length > 0));
    // another look at every row says nothing new
    await query(database.url, 'TRUNCATE nestjs_celery_schedule_policies');
    await Promise.all(GOOD.map((name) => spy.more(name, 2)));
    for (const { name, says, disabled = false } of BROKEN) {
      expect(complaints(name)).toEqual([expect.stringMatching(says)]);
      expect(complaints(name)[0]).toContain(`is ${disabled ? 'disabled' : 'skipped'}.`);
    }
    const sql = 'SELECT name FROM django_celery_beat_periodictask WHERE NOT enabled';
    const off = (await query<{ name: string }>(database.url, sql)).map(({ name }) => name);
    const expected = BROKEN.filter(({ disabled }) => disabled).map(({ name }) => name);
    expect(off.toSorted()).toEqual(expected.toSorted());
    expect(new Set(spy.sent.map(({ name }) => name))).toEqual(new Set(GOOD));
  });

  it('do not hold up the others: each good one is sent each second, on time', async () => {
    await Promise.all(GOOD.map((name) => spy.more(name)));
    const runs = await rows.runs();
    for (const name of GOOD) {
      const due = runs.filter((run) => run.name === name).map(({ due_at }) => due_at.getTime());
      expect(due).toEqual(due.map((_, n) => (due[0] ?? 0) + n * 1000));
    }
    const late = runs.map(({ claimed_at, due_at }) => claimed_at.getTime() - due_at.getTime());
    expect(late.toSorted((a, b) => a - b)[Math.floor(late.length / 2)]).toBeLessThan(250);
  });

  it('fire within a second or so when they are repaired', async () => {
    for (const { repair, name } of BROKEN) await query(database.url, repair, [ids.get(name)]);
    const from = performance.now();
    await waitUntil('all fire', () => BROKEN.every(({ name }) => spy.count(name) > 0));
    expect(performance.now() - from).toBeLessThan(SOON_MS + 1_000);
    for (const { name } of BROKEN) expect(complaints(name)).toHaveLength(1);
  });
});
