import type { Claim, ScheduleDatabase, SettledRun } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import { typeormSchedules } from '../index.js';

let database: OwnDatabase;
const open: ScheduleDatabase[] = [];
const transactions: Client[] = [];
beforeAll(async () => void (database = await createOwnDatabase()));
afterEach(async () => {
  await Promise.all(transactions.splice(0).map((client) => client.end()));
  await Promise.all(open.splice(0).map((schedules) => schedules.close()));
});
afterAll(() => database.drop());

const opened = async (): Promise<ScheduleDatabase> => {
  const schedules = typeormSchedules({ url: database.url })(adapterDeps());
  open.push(schedules);
  await schedules.open();
  return schedules;
};

const lead = (schedules: ScheduleDatabase, owner: string, ttlMs = 60_000): Promise<string> =>
  waitUntil('the lease is free', async () => {
    const answer = await schedules.leases.acquire(owner, ttlMs);
    return 'fence' in answer && answer.fence;
  });

const AT = new Date('2026-03-01T00:00:00Z');
const EVERY_DAY = { kind: 'interval', every: 1, period: 'days' } as const;

const claimsOf = (mark: string, count: number): Claim[] =>
  Array.from({ length: count }, (_, n) => ({ name: `${mark} ${n}`, dueAt: AT, taskId: `${mark} id ${n}` }));

const sent = (claim: Claim, rowId: number | undefined): SettledRun => {
  const entry = { rowId, schedule: 's', nextRunAt: null, isOver: false };
  return { ...claim, status: 'sent', at: AT, entry };
};

/** As a beat that stands still within its claim, or PostgreSQL under load. */
async function transaction(statement: string): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  transactions.push(client);
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return client;
}

const isWaiting = async (): Promise<boolean> => {
  const rows = await query(
    database.url,
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
};

describe('a take-over', () => {
  it('waits for a claim that is under way, whose due times are then the old leader’s', async () => {
    const [leader, standby] = [await opened(), await opened()];
    const fence = await lead(leader, 'leader', 1);
    const claiming = await transaction(`SELECT FROM nestjs_celery_schedule_lease WHERE fence = ${fence} FOR SHARE`);
    const taken = standby.leases.acquire('standby', 60_000);
    await waitUntil('the take-over waits', isWaiting);
    await claiming.query(
      `INSERT INTO nestjs_celery_schedule_runs (name, due_at, task_id, status, fence, claimed_at) VALUES ('slow', '${AT.toISOString()}', 'x', 'claimed', ${fence}, now())`,
    );
    await claiming.query('COMMIT');
    const answer = await taken;
    expect(answer).toEqual({ fence: expect.any(String) });
    const after = 'fence' in answer ? answer.fence : '';
    expect(await standby.runs.claim([{ name: 'slow', dueAt: AT, taskId: 'y' }], after, AT)).toEqual([]);
    expect(await standby.runs.unfinished(after)).toEqual([{ name: 'slow', dueAt: AT, taskId: 'x' }]);
    await standby.leases.release(after);
  });

  it('that is under way makes a claim wait, and lose', async () => {
    const leader = await opened();
    const fence = await lead(leader, 'leader');
    const taking = await transaction(
      `UPDATE nestjs_celery_schedule_lease SET owner = 'standby', fence = fence + 1 WHERE fence = ${fence}`,
    );
    const claimed = leader.runs.claim(claimsOf('lost', 3), fence, AT);
    const lost = expect(claimed).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await waitUntil('the claim waits', isWaiting);
    await taking.query('COMMIT');
    await lost;
    expect(await leader.runs.history('lost 0', 1)).toEqual([]);
    await leader.leases.release(String(BigInt(fence) + 1n));
  });
});

it('a thousand claims of several beats at once, in any order, are claimed and settled once and without deadlocks', async () => {
  const beats = [await opened(), await opened(), await opened()];
  const [first] = beats as [ScheduleDatabase];
  const fence = await lead(first, 'leader');
  const ids = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      first.tasks.insert({ name: `crowd ${n}`, task: 't', schedules: [EVERY_DAY] }),
    ),
  );
  const claims = claimsOf('crowd', 1_000);
  const shuffled = () => [...claims].sort(() => Math.random() - 0.5);
  const claimed = await Promise.all(beats.map(({ runs }) => runs.claim(shuffled(), fence, AT)));
  expect(claimed.map((runs) => runs.length)).toEqual([1_000, 1_000, 1_000]);
  const settled = () => shuffled().map((claim) => sent(claim, ids[Number(claim.name.slice(6))]));
  await Promise.all(beats.map(({ runs }) => runs.settle(settled())));
  const rows = await first.tasks.find({ ids });
  expect(rows.every((row) => row.totalRunCount === 1 && row.state?.lastTaskId.startsWith('crowd id'))).toBe(true);
  const deadlocks = await query(
    database.url,
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(deadlocks).toEqual([{ deadlocks: 0 }]);
  await first.leases.release(fence);
});

it('one schedule that many tasks of several processes are given at once is one row', async () => {
  const all = [await opened(), await opened(), await opened()];
  const schedules = [
    { kind: 'crontab', minute: '5', hour: '5', dayOfMonth: '5', monthOfYear: '5', dayOfWeek: '5', timezone: 'UTC' },
  ] as const;
  const solar = [{ kind: 'solar', event: 'sunrise', latitude: 1.2345678, longitude: -5 }] as const;
  const insert = (n: number, schedule: typeof schedules | typeof solar) =>
    all[n % 3]?.tasks.insert({ name: `${schedule[0].kind} ${n}`, task: 't', schedules: schedule });
  await Promise.all(Array.from({ length: 30 }, (_, n) => [insert(n, schedules), insert(n, solar)]).flat());
  for (const table of ['crontabschedule', 'solarschedule']) {
    expect(await query(database.url, `SELECT 1 FROM django_celery_beat_${table}`)).toHaveLength(1);
  }
});

it('of duplicate schedules, which Django allows, the first is taken', async () => {
  const { tasks } = await opened();
  await query(
    database.url,
    `INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (77, 'hours'), (77, 'hours')`,
  );
  const id = await tasks.insert({
    name: 'double',
    task: 't',
    schedules: [{ kind: 'interval', every: 77, period: 'hours' }],
  });
  const rows = await query(
    database.url,
    `SELECT interval_id = (SELECT min(id) FROM django_celery_beat_intervalschedule WHERE every = 77) AS first FROM django_celery_beat_periodictask WHERE id = $1`,
    [id],
  );
  expect(rows).toEqual([{ first: true }]);
});

describe('a task that others', () => {
  const policy = { misfire: 'skip' } as const;
  const sql = (statement: string, id: number): Promise<unknown[]> => query(database.url, statement, [id]);

  /** It has run. */
  const made = async ({ tasks, ...schedules }: ScheduleDatabase, name: string): Promise<number> => {
    const id = await tasks.insert({ name, task: 't', schedules: [EVERY_DAY], policy });
    const fence = await lead({ tasks, ...schedules }, 'leader');
    const claims = await schedules.runs.claim([{ name, dueAt: AT, taskId: name }], fence, AT);
    await schedules.runs.settle(claims.map((claim) => sent(claim, id)));
    return id;
  };

  it('rename keeps its policy and state, also when what is old is forgotten', async () => {
    const schedules = await opened();
    const id = await made(schedules, 'renamed');
    await sql(`UPDATE django_celery_beat_periodictask SET name = 'other name' WHERE id = $1`, id);
    await schedules.runs.prune(AT);
    const kept = { name: 'other name', policy, state: { lastTaskId: 'renamed' } };
    expect(await schedules.tasks.find({ ids: [id] })).toMatchObject([kept]);
  });

  it('make anew under the old name inherits neither policy nor state', async () => {
    const schedules = await opened();
    const id = await made(schedules, 'again');
    await sql('DELETE FROM django_celery_beat_periodictask WHERE id = $1', id);
    const next = await schedules.tasks.insert({ name: 'again', task: 't', schedules: [EVERY_DAY] });
    expect(await schedules.tasks.find({ ids: [next] })).toMatchObject([{ policy: null, state: null }]);
  });

  it('make anew under the old id, as after RESTART IDENTITY, inherits neither', async () => {
    const schedules = await opened();
    const id = await made(schedules, 'first of the id');
    await sql('DELETE FROM django_celery_beat_periodictask WHERE id = $1', id);
    await sql(`SELECT setval('django_celery_beat_periodictask_id_seq', $1::int, false)`, id);
    const next = await schedules.tasks.insert({ name: 'second of the id', task: 't', schedules: [EVERY_DAY] });
    expect(next).toBe(id);
    expect(await schedules.tasks.find({ ids: [next] })).toMatchObject([{ policy: null, state: null }]);
  });

  it('delete leaves nothing behind once what is old is forgotten', async () => {
    const schedules = await opened();
    const id = await made(schedules, 'deleted');
    await sql('DELETE FROM django_celery_beat_periodictask WHERE id = $1', id);
    await schedules.runs.prune(new Date(0));
    for (const table of ['policies', 'states']) {
      expect(await sql(`SELECT 1 FROM nestjs_celery_schedule_${table} WHERE periodic_task_id = $1`, id)).toEqual([]);
    }
  });
});

describe('marks', () => {
  const [locked, free] = ['locked', 'free'];

  const claimed = async (schedules: ScheduleDatabase) => {
    const ids: number[] = [];
    for (const name of [locked, free])
      ids.push(await schedules.tasks.insert({ name, task: 't', schedules: [EVERY_DAY] }));
    const fence = await lead(schedules, 'leader');
    const claims = await schedules.runs.claim(
      [locked, free].map((name) => ({ name, dueAt: AT, taskId: name })),
      fence,
      AT,
    );
    return { ids, fence, runs: claims.map((claim) => sent(claim, ids[[locked, free].indexOf(claim.name)])) };
  };
  const statusOf = async ({ runs }: ScheduleDatabase, name: string) => (await runs.history(name, 1))[0]?.status;

  beforeEach(() =>
    query(database.url, 'DELETE FROM nestjs_celery_schedule_runs; DELETE FROM django_celery_beat_periodictask'),
  );

  it('wait for a row that somebody else has locked, but not for ever, and those of other rows not at all', async () => {
    const schedules = await opened();
    const { ids, runs } = await claimed(schedules);
    const editing = await transaction(`UPDATE django_celery_beat_periodictask SET queue = 'q' WHERE id = ${ids[0]}`);
    await expect(schedules.runs.settle(runs)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect(await statusOf(schedules, free)).toBe('claimed');
    await schedules.runs.settle(runs.filter(({ name }) => name === free));
    expect(await statusOf(schedules, free)).toBe('sent');
    await editing.query('COMMIT');
    await schedules.runs.settle(runs);
    expect(await schedules.tasks.find({ ids })).toMatchObject([{ queue: 'q', totalRunCount: 1 }, { totalRunCount: 1 }]);
  });

  it('leave no limit behind for whoever has the connection next', async () => {
    const own = new DataSource({ type: 'postgres', url: database.url, poolSize: 1 });
    const schedules = typeormSchedules({ dataSource: await own.initialize() })(adapterDeps());
    open.push(schedules);
    await schedules.open();
    const { runs } = await claimed(schedules);
    await schedules.runs.settle(runs);
    expect(await own.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }]);
    await schedules.close();
    await own.destroy();
  });

  it('that PostgreSQL refuses for one row are refused as they are, so that the others can be told from it', async () => {
    const schedules = await opened();
    const { runs } = await claimed(schedules);
    const table = 'django_celery_beat_periodictask';
    await query(database.url, `ALTER TABLE ${table} ADD CONSTRAINT never CHECK (name <> '${locked}') NOT VALID`);
    await expect(schedules.runs.settle(runs)).rejects.toMatchObject({ code: 'BACKEND_STORE_ERROR' });
    await schedules.runs.settle(runs.filter(({ name }) => name === free));
    expect(await statusOf(schedules, free)).toBe('sent');
    await query(database.url, `ALTER TABLE ${table} DROP CONSTRAINT never`);
  });

  it('that are under way are waited for by the heir, who then does not send them again', async () => {
    const [leader, heir] = [await opened(), await opened()];
    const { fence } = await claimed(leader);
    const marking = await transaction(
      `UPDATE nestjs_celery_schedule_runs SET status = 'sent' WHERE name = '${locked}'`,
    );
    await leader.leases.release(fence);
    const unfinished = heir.runs.unfinished(await lead(heir, 'heir'));
    await waitUntil('the heir waits', isWaiting);
    await marking.query('COMMIT');
    expect(await unfinished).toEqual([{ name: free, dueAt: AT, taskId: free }]);
  });
});

it("each save tells Django's beat, with a time later than the last", async () => {
  const { tasks } = await opened();
  const lastUpdate = async (): Promise<string> => {
    const [row] = await query<{ at: string }>(
      database.url,
      'SELECT last_update::text AS at FROM django_celery_beat_periodictasks WHERE ident = 1',
    );
    return row?.at ?? '';
  };
  const id = await tasks.insert({ name: 'told', task: 't', schedules: [EVERY_DAY] });
  const times = [await lastUpdate()];
  for (const save of [() => tasks.update(id, { queue: 'q' }), () => tasks.remove(id)]) {
    await save();
    times.push(await lastUpdate());
  }
  expect(new Set(times).size).toBe(3);
  expect([...times].sort()).toEqual(times);
});
