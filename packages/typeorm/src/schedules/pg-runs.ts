import { LeaseLost } from '@nestjs-celery/core';
import type { Claim, PeriodicRun, RunStatus, RunStore, ScheduleState, SettledRun } from '@nestjs-celery/core';
import { claimSql } from './claim-statement.js';
import type { ScheduleSession } from './schedule-session.js';
import { settleSql, settleValues } from './settle-statement.js';
import { toState } from './stored-task.js';
import type { StoredState } from './stored-task.js';
import { stateColumns } from './task-select.js';
import { millis, toTime } from './time-sql.js';

/** Runs that one statement deletes, so that it never holds many locks, nor for long. */
const PRUNE_ROWS = 5_000;

interface StoredRun {
  readonly name: string;
  readonly due_ms: number;
  readonly task_id: string;
}

interface StoredHistory extends StoredRun {
  readonly status: RunStatus;
  readonly claimed_ms: number;
  readonly settled_ms: number | null;
  readonly reason: string | null;
}

/** What was due, in PostgreSQL. */
export class PgRuns implements RunStore {
  /** @param session @throws BackendUnavailable when it is not open */
  constructor(private readonly session: () => Promise<ScheduleSession>) {}

  async claim(runs: readonly Claim[], fence: string, at: Date): Promise<readonly Claim[]> {
    const session = await this.session();
    const names = runs.map(({ name }) => name);
    const dueTimes = runs.map(({ dueAt }) => toTime(dueAt));
    const ids = runs.map(({ taskId }) => taskId);
    const values = [names, dueTimes, ids, fence, toTime(at)];
    const text = claimSql(session.tables);
    const claimed = await session.rows<StoredRun | NoRun>({ name: 'celery_schedules_claim', text, values });
    if (claimed.length === 0) {
      throw new LeaseLost(`The lease with the fence ${fence} is lost: another has taken it, or it was let go.`);
    }
    return claimed.filter(isRun).map(toClaim);
  }

  async settle(runs: readonly SettledRun[]): Promise<void> {
    if (runs.length === 0) return;
    const session = await this.session();
    const text = settleSql(session.tables);
    await session.rows({ name: 'celery_schedules_settle', text, values: settleValues(runs) });
  }

  async unfinished(): Promise<readonly Claim[]> {
    const session = await this.session();
    const text = `SELECT name, ${millis('due_at')} AS due_ms, task_id FROM ${session.tables.runs}
      WHERE status = 'claimed' ORDER BY due_at, name`;
    return (await session.rows<StoredRun>({ text, values: [] })).map(toClaim);
  }

  async states(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleState>> {
    const session = await this.session();
    const columns = Object.entries(stateColumns('state')).map(([name, expression]) => `${expression} AS ${name}`);
    const text = `SELECT name, ${columns.join(', ')} FROM ${session.tables.states} AS state
      WHERE name = ANY($1::text[]) AND periodic_task_id IS NULL`;
    const states = new Map<string, ScheduleState>();
    for (const row of await session.rows<StoredState & { name: string }>({ text, values: [names] })) {
      const state = toState(row);
      if (state) states.set(row.name, state);
    }
    return states;
  }

  async history(name: string, limit: number): Promise<readonly PeriodicRun[]> {
    const session = await this.session();
    const text = `SELECT name, ${millis('due_at')} AS due_ms, task_id, status, reason,
        ${millis('claimed_at')} AS claimed_ms, ${millis('settled_at')} AS settled_ms
      FROM ${session.tables.runs} WHERE name = $1 ORDER BY due_at DESC LIMIT $2::int`;
    const rows = await session.rows<StoredHistory>({ text, values: [name, limit] });
    return rows.map(toRun);
  }

  async prune(before: Date): Promise<number> {
    const session = await this.session();
    const { runs, policies, states, periodicTask } = session.tables;
    const isGone = (table: string): string =>
      `NOT EXISTS (SELECT FROM ${periodicTask} AS t WHERE t.id = ${table}.periodic_task_id AND t.name = ${table}.name)`;
    const values = [toTime(before)];
    await session.rows({ text: `DELETE FROM ${policies} AS policy WHERE ${isGone('policy')}`, values: [] });
    await session.rows({
      text: `DELETE FROM ${states} AS state WHERE CASE WHEN periodic_task_id IS NULL
        THEN coalesce(next_run_at, sent_at) < $1::timestamptz ELSE ${isGone('state')} END`,
      values,
    });
    let pruned = 0;
    for (let rows = PRUNE_ROWS; rows === PRUNE_ROWS; pruned += rows) {
      const text = `WITH gone AS (DELETE FROM ${runs} WHERE (name, due_at) IN (
          SELECT name, due_at FROM ${runs} WHERE due_at < $1::timestamptz AND status <> 'claimed'
          ORDER BY due_at LIMIT ${PRUNE_ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1)
        SELECT count(*)::float8 AS rows FROM gone`;
      rows = (await session.rows<{ rows: number }>({ text, values }))[0]?.rows ?? 0;
    }
    return pruned;
  }
}

/** The lease is held, and nothing was claimed. */
interface NoRun {
  readonly name: null;
}

function isRun(row: StoredRun | NoRun): row is StoredRun {
  return row.name !== null;
}

function toClaim({ name, due_ms, task_id }: StoredRun): Claim {
  return { name, dueAt: new Date(due_ms), taskId: task_id };
}

function toRun(row: StoredHistory): PeriodicRun {
  const settledAt = row.settled_ms === null ? null : new Date(row.settled_ms);
  return { ...toClaim(row), status: row.status, claimedAt: new Date(row.claimed_ms), settledAt, reason: row.reason };
}
