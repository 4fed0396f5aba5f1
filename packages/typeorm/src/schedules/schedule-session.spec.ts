import { systemClock } from '@nestjs-celery/core';
import type { PgPool } from '../pg-driver.js';
import type { ScheduleLayout } from './schedule-layout.js';
import { ScheduleSession } from './schedule-session.js';
import { scheduleTables } from './schedule-tables.js';

const statement = { text: 'SELECT 1', values: [] };

/** Fails with each statement, and counts them. */
function failing(code: string) {
  const asked: unknown[] = [];
  const query: PgPool['query'] = async (query) => {
    asked.push(query);
    throw Object.assign(new Error('it failed'), { code });
  };
  const pool = { query } as PgPool;
  const retry = { maxRetries: null, baseSleep: 1, maxSleep: 1 };
  const layout = {} as ScheduleLayout;
  const deps = { pool, layout, retry, tables: scheduleTables(), clock: systemClock, prepare: true, safeUrl: 'db' };
  return { session: new ScheduleSession(deps), asked };
}

it.each([
  ['a connection that breaks', '57P01', 'BACKEND_UNAVAILABLE', 4],
  ['a row that somebody keeps locked', '55P03', 'BACKEND_UNAVAILABLE', 1],
  ['a value that cannot be', '22008', 'BACKEND_STORE_ERROR', 1],
  ['a row that a constraint refuses', '23514', 'BACKEND_STORE_ERROR', 1],
])('at %s fails in time', async (_, sqlState, code, attempts) => {
  const { session, asked } = failing(sqlState);
  await expect(session.rows(statement)).rejects.toMatchObject({ code, message: expect.stringContaining(sqlState) });
  expect(asked).toHaveLength(attempts);
});
