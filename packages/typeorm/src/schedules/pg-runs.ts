import { LeaseLost } from '@nestjs-celery/core';
import type { Claim, PeriodicRun, RunStatus, RunStore, ScheduleState, SettledRun } from '@nestjs-celery/core';
import { claimSql, unfinishedSql } from './claim-statement.js';
import { PRUNE_ROWS, pruneCodeStatesSql, pruneRunsSql, pruneTasksSql } from './prune-statements.js';
import type { ScheduleSession } from './schedule-session.js';
import { settleSql, settleValues } from './settle-statement.js';
import { toState } from './stored-task.js';
import type { StoredState } from './stored-task.js';
import { stateColumns } from './task-select.js';
import { millis, toTime } from './time-sql.js';

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
    return claimsOf(await session.rows<StoredRun | NoRun>({ name: 'celery_schedules_claim', text, values }), fence);
  }

  async settle(runs: readonly SettledRun[]): Promise<void> {
    if (runs.length === 0) return;
    const session = await this.session();
    const text = settleSql(session.tables);
    await session.rows({ name: 'celery_schedules_settle', text, values: settleValues(runs) });
  }

  async unfinished(fence: string): Promise<readonly Claim[]> {
    const session = await this.session();
    return claimsOf(await session.rows({ text: unfinishedSql(session.tables), values: [fence] }), fence);
  }

  async states(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleState>> {
    const session = await this.session();
    const columns = Object.entries(stateColumns('state')).map(([name, expression]) => `${expression} AS ${name}`);
    const text = `SELECT name, ${columns.join(', ')} FROM ${session.tables.codeStates} AS state
      WHERE name = ANY($1::text[])`;
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
    const { tables } = session;
    await session.rows({ text: pruneTasksSql(tables), values: [] });
    await session.rows({ text: pruneCodeStatesSql(tables), values: [toTime(before)] });
    let pruned = 0;
    for (let last = START; ;) {
      const values: unknown[] = [toTime(before), last.due_at, last.name];
      const [seen] = await session.rows<Pruned>({ text: pruneRunsSql(tables), values });
      pruned += seen?.pruned ?? 0;
      if (seen?.seen !== PRUNE_ROWS) return pruned;
      last = seen;
    }
  }
}

/** How far a look for old runs has come, and how many it has deleted. */
interface Pruned {
  readonly due_at: string;
  readonly name: string;
  readonly seen: number;
  readonly pruned: number;
}

const START: Pruned = { due_at: '-infinity', name: '', seen: 0, pruned: 0 };

/** The lease is held, and nothing was claimed. */
interface NoRun {
  readonly name: null;
}

function isRun(row: StoredRun | NoRun): row is StoredRun {
  return row.name !== null;
}

/** @throws LeaseLost when the answer says nothing, not even that the lease is held */
function claimsOf(answer: readonly (StoredRun | NoRun)[], fence: string): Claim[] {
  if (answer.length > 0) return answer.filter(isRun).map(toClaim);
  throw new LeaseLost(`The lease with the fence ${fence} is lost: another has taken it, or it was let go.`);
}

function toClaim({ name, due_ms, task_id }: StoredRun): Claim {
  return { name, dueAt: new Date(due_ms), taskId: task_id };
}

function toRun(row: StoredHistory): PeriodicRun {
  const settledAt = row.settled_ms === null ? null : new Date(row.settled_ms);
  return { ...toClaim(row), status: row.status, claimedAt: new Date(row.claimed_ms), settledAt, reason: row.reason };
}
