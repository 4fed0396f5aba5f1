import type { Claim, ScheduleDatabase } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { Client } from 'pg';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import { typeormSchedules } from '../index.js';

let database: OwnDatabase;
const open: ScheduleDatabase[] = [];
beforeAll(async () => void (database = await createOwnDatabase()));
afterEach(() => Promise.all(open.splice(0).map((schedules) => schedules.close())));
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

/** As a beat that stands still within its claim, or PostgreSQL under load. */
async function transaction(statement: string): Promise<Client> {
  const client = new Client({ connectionString: database.url });
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
    await claiming.end();
    const answer = await taken;
    expect(answer).toEqual({ fence: expect.any(String) });
    const after = 'fence' in answer ? answer.fence : '';
    expect(await standby.runs.claim([{ name: 'slow', dueAt: AT, taskId: 'y' }], after, AT)).toEqual([]);
    expect(await standby.runs.unfinished()).toEqual([{ name: 'slow', dueAt: AT, taskId: 'x' }]);
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
    await taking.end();
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
  const settled = () =>
    shuffled().map((claim) => {
      const rowId = ids[Number(claim.name.slice(6))];
      const entry = { rowId, schedule: 's', nextRunAt: null, isOver: false };
      return { ...claim, status: 'sent', at: AT, entry } as const;
    });
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

describe('a task that others make anew or rename', () => {
  const policy = { misfire: 'skip' } as const;

  it('by SQL, with the old name, inherits neither policy nor state', async () => {
    const { tasks } = await opened();
    const id = await tasks.insert({ name: 'again', task: 't', schedules: [EVERY_DAY], policy });
    await query(database.url, `UPDATE django_celery_beat_periodictask SET name = 'aside' WHERE id = $1`, [id]);
    expect(await tasks.find({ ids: [id] })).toMatchObject([{ name: 'aside', policy: null }]);
    const next = await tasks.insert({ name: 'again', task: 't', schedules: [EVERY_DAY] });
    expect(await tasks.find({ ids: [next] })).toMatchObject([{ policy: null, state: null }]);
    expect(await tasks.update(next, { policy: { jitter: 2 } })).toBe(true);
    expect(await tasks.find({ ids: [next] })).toMatchObject([{ policy: { jitter: 2 } }]);
  });

  it('through us keeps its own', async () => {
    const { tasks } = await opened();
    const id = await tasks.insert({ name: 'old name', task: 't', schedules: [EVERY_DAY], policy });
    await tasks.update(id, { name: 'new name' });
    expect(await tasks.find({ ids: [id] })).toMatchObject([{ name: 'new name', policy }]);
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
