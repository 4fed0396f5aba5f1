import type { ScheduleDatabase, ScheduleEdit } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { Client } from 'pg';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import { typeormSchedules } from '../index.js';

let database: OwnDatabase;
const open: ScheduleDatabase[] = [];
beforeAll(async () => void (database = await createOwnDatabase()));
afterEach(async () => {
  await Promise.all(open.splice(0).map((schedules) => schedules.close()));
  const tables = ['periodictask', ...['interval', 'crontab', 'solar', 'clocked'].map((kind) => `${kind}schedule`)];
  await sql(`TRUNCATE ${tables.map((table) => `django_celery_beat_${table}`).join(', ')}`);
});
afterAll(() => database.drop());

const opened = async (notify: boolean): Promise<ScheduleDatabase> => {
  const schedules = typeormSchedules({ url: database.url, notify })(adapterDeps());
  open.push(schedules);
  await schedules.open();
  return schedules;
};

const sql = (statement: string, values: unknown[] = []): Promise<unknown> => query(database.url, statement, values);

let names = 0;
const make = (schedules: ScheduleDatabase, schedule: Parameters<typeof schedules.tasks.insert>[0]['schedules']) =>
  schedules.tasks.insert({ name: `task ${names++}`, task: 't', schedules: schedule });

/** The edits that come from now on. */
async function watching(schedules: ScheduleDatabase) {
  const edits: ScheduleEdit[] = [];
  await schedules.watch((edit) => edits.push(edit));
  const isTold = (id: number) => edits.some((edit) => edit !== 'all' && edit.ids.includes(id));
  /** And forgets what was told. */
  const told = async (what: string, ...ids: number[]): Promise<void> => {
    await waitUntil(what, () => ids.every(isTold));
    edits.length = 0;
  };
  return { edits, told };
}

const isListening = async (): Promise<boolean> => {
  const rows = await query(
    database.url,
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  return rows.length > 0;
};

describe.each([
  ['with triggers', true],
  ['by polls', false],
])('edits by plain SQL, %s,', (_, notify) => {
  it('of every column of a task are told', async () => {
    const schedules = await opened(notify);
    const id = await make(schedules, [{ kind: 'interval', every: 1, period: 'days' }]);
    const { told } = await watching(schedules);
    for (const change of ["queue = 'q'", 'enabled = false', 'expires = now()', 'priority = 3', "args = '[1]'"]) {
      await sql(`UPDATE django_celery_beat_periodictask SET ${change} WHERE id = $1`, [id]);
      await told(change, id);
    }
    await sql('DELETE FROM django_celery_beat_periodictask WHERE id = $1', [id]);
  });

  it.each([
    [{ kind: 'interval', every: 11, period: 'hours' }, 'every = 12 WHERE every = 11'],
    [
      { kind: 'crontab', minute: '7', hour: '*', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*', timezone: 'UTC' },
      `hour = '8' WHERE minute = '7'`,
    ],
    [{ kind: 'solar', event: 'sunset', latitude: 7, longitude: 8 }, `event = 'sunrise' WHERE latitude = 7`],
    [
      { kind: 'clocked', clockedTime: new Date('2040-01-01') },
      `clocked_time = now() WHERE clocked_time > '2039-01-01'`,
    ],
  ] as const)('of a schedule are told with its tasks: %j', async (schedule, change) => {
    const schedules = await opened(notify);
    const ids = [await make(schedules, [schedule]), await make(schedules, [schedule])];
    const { told } = await watching(schedules);
    await sql(`UPDATE django_celery_beat_${schedule.kind}schedule SET ${change}`);
    await told('the edit', ...ids);
  });

  it('that delete or empty are told', async () => {
    const schedules = await opened(notify);
    const [gone] = [await make(schedules, []), await make(schedules, [])];
    const { edits } = await watching(schedules);
    await sql('DELETE FROM django_celery_beat_periodictask WHERE id = $1', [gone]);
    await waitUntil('the deletion is told', () => edits.some((edit) => edit === 'all' || edit.ids.includes(gone)));
    edits.length = 0;
    await sql('TRUNCATE django_celery_beat_periodictask');
    await waitUntil('it is told', () => edits.includes('all'));
  });

  it('of a transaction that began long ago are told when it ends', async () => {
    const schedules = await opened(notify);
    const [early, late] = [await make(schedules, []), await make(schedules, [])];
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(`UPDATE django_celery_beat_periodictask SET queue = 'early' WHERE id = ${early}`);
    const { told, edits } = await watching(schedules);
    await sql(`UPDATE django_celery_beat_periodictask SET queue = 'late' WHERE id = $1`, [late]);
    await told('the late edit', late);
    expect(edits.some((edit) => edit === 'all' || edit.ids.includes(early))).toBe(false);
    await client.query('COMMIT');
    await client.end();
    await told('the early edit', early);
  });
});

describe('the runs of beat', () => {
  const run = async (schedules: ScheduleDatabase, id: number, minute: number): Promise<void> => {
    const [task] = await schedules.tasks.find({ ids: [id] });
    const answer = await schedules.leases.acquire('beat', 60_000);
    const fence = 'fence' in answer ? answer.fence : '';
    const claim = { name: task?.name ?? '', dueAt: new Date(minute * 60_000), taskId: `run ${minute}` };
    await schedules.runs.claim([claim], fence, claim.dueAt);
    const entry = { rowId: id, schedule: 's', nextRunAt: null, isOver: false };
    await schedules.runs.settle([{ ...claim, status: 'sent', at: claim.dueAt, entry }]);
  };

  it('are not told by triggers', async () => {
    const schedules = await opened(true);
    const [runs, edited] = [await make(schedules, []), await make(schedules, [])];
    const { told, edits } = await watching(schedules);
    await waitUntil('it listens', isListening);
    await run(schedules, runs, 1);
    await sql(`UPDATE django_celery_beat_periodictask SET queue = 'q' WHERE id = $1`, [edited]);
    await waitUntil('the edit', () => edits.length > 0);
    expect(edits).toEqual([{ ids: [edited] }]);
    await told('the edit', edited);
  });

  it('are told once at most by polls, and an edit in between is not lost', async () => {
    const schedules = await opened(false);
    const [runs, edited] = [await make(schedules, []), await make(schedules, [])];
    const { told, edits } = await watching(schedules);
    await run(schedules, runs, 2);
    await told('the first run', runs);
    await run(schedules, runs, 3);
    await sql(`UPDATE django_celery_beat_periodictask SET queue = 'q' WHERE id = $1`, [edited]);
    await waitUntil('the edit', () => edits.length > 0);
    expect(edits).toEqual([{ ids: [edited] }]);
    await sql(`UPDATE django_celery_beat_periodictask SET queue = 'r' WHERE id = $1`, [runs]);
    await run(schedules, runs, 4);
    await told('the edit before a run', runs);
  });
});

it("tells 'all' after the connection was lost, and goes on", async () => {
  const schedules = await opened(true);
  const id = await make(schedules, []);
  const { told, edits } = await watching(schedules);
  await waitUntil('it listens', isListening);
  await sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  );
  await waitUntil('all is told', () => edits.includes('all'));
  await waitUntil('it listens again', isListening);
  await sql(`UPDATE django_celery_beat_periodictask SET queue = 'q' WHERE id = $1`, [id]);
  await told('the edit', id);
});

it('tells many edits of one statement together', async () => {
  const schedules = await opened(true);
  const ids = await Promise.all(Array.from({ length: 50 }, () => make(schedules, [])));
  const { edits } = await watching(schedules);
  await waitUntil('it listens', isListening);
  edits.length = 0;
  await sql(`UPDATE django_celery_beat_periodictask SET description = 'x' WHERE id = ANY($1)`, [ids]);
  await waitUntil('they are told', () => edits.length > 0);
  expect(edits).toHaveLength(1);
  expect(edits[0] !== 'all' && new Set(edits[0]?.ids)).toEqual(new Set(ids));
});
