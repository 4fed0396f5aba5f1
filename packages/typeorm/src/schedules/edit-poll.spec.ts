import { systemClock } from '@nestjs-celery/core';
import { Pool } from 'pg';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { migrateSchedules } from '../index.js';
import type { PgPool } from '../pg-driver.js';
import { DEFAULT_RETRY } from '../retry.js';
import { EditPoll } from './edit-poll.js';
import { inspectSchedules } from './schedule-layout.js';
import { ScheduleSession } from './schedule-session.js';
import { scheduleTables } from './schedule-tables.js';

let database: OwnDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createOwnDatabase();
  await migrateSchedules({ url: database.url });
  pool = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
afterEach(() => pool.query('DELETE FROM django_celery_beat_periodictask; DELETE FROM nestjs_celery_schedule_policies'));

/** Has looked once; gives what looks again. */
async function poll(hasFullXids: boolean): Promise<() => ReturnType<EditPoll['look']>> {
  const tables = scheduleTables();
  const ours = pool as unknown as PgPool;
  const layout = { ...(await inspectSchedules(ours, tables)), hasFullXids };
  const deps = { pool: ours, tables, layout, clock: systemClock, retry: DEFAULT_RETRY, prepare: true, safeUrl: '' };
  const poll = new EditPoll(new ScheduleSession(deps));
  await poll.look();
  return () => poll.look();
}

let names = 0;
const insert = async (): Promise<number> => {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO django_celery_beat_periodictask (name, task, args, kwargs, enabled, total_run_count, date_changed, description, one_off, headers)
     VALUES ($1, 't', '[]', '{}', true, 0, now(), '', false, '{}') RETURNING id`,
    [`task ${names++}`],
  );
  return rows[0]?.id ?? 0;
};
const remove = (id: number) => pool.query('DELETE FROM django_celery_beat_periodictask WHERE id = $1', [id]);

describe.each([
  ['of today', true],
  ['of PostgreSQL before 13', false],
])('a poll with the functions %s', (_, hasFullXids) => {
  it('finds what was written since the last, and nothing twice', async () => {
    const before = await insert();
    const look = await poll(hasFullXids);
    expect(await look()).toBeUndefined();
    const id = await insert();
    expect(await look()).toEqual({ ids: [id] });
    expect(await look()).toBeUndefined();
    await pool.query(`UPDATE django_celery_beat_periodictask SET queue = 'q' WHERE id = $1`, [before]);
    expect(await look()).toEqual({ ids: [before] });
  });

  it('misses no deletion, whatever else was written with it', async () => {
    const ids = [await insert(), await insert(), await insert()];
    const look = await poll(hasFullXids);
    await remove(ids[1] ?? 0);
    expect(await look()).toBe('all');
    await Promise.all([remove(ids[0] ?? 0), insert()]);
    expect(await look()).toBe('all');
    expect(await look()).toBeUndefined();
  });

  it('finds policies that come and go', async () => {
    const id = await insert();
    const look = await poll(hasFullXids);
    await pool.query(`INSERT INTO nestjs_celery_schedule_policies (periodic_task_id) VALUES ($1)`, [id]);
    expect(await look()).toEqual({ ids: [id] });
    await pool.query('DELETE FROM nestjs_celery_schedule_policies');
    expect(await look()).toBe('all');
  });
});
