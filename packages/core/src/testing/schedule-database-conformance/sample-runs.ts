import { randomUUID } from 'node:crypto';
import type { Claim, PeriodicRun, ScheduleDatabase, SettledRun } from '../../contracts/periodic-tasks.js';
import { freshName } from './sample-rows.js';

export const CLAIMED_AT = new Date('2026-05-01T00:00:00.111Z');
export const SETTLED_AT = new Date('2026-05-01T00:00:00.222Z');
export const NEXT = new Date('2026-05-01T01:00:00.000Z');

/** The due time of so many minutes past midnight. */
export const due = (minutes: number): Date => new Date(Date.UTC(2026, 4, 1, 0, minutes));

export function claimOf(fields: Partial<Claim> = {}): Claim {
  return { name: freshName(), dueAt: due(0), taskId: randomUUID(), ...fields };
}

/** That a claim was sent, for the row of an id; undefined: of an entry that only code knows. */
export function sentOf(claim: Claim, rowId: number | undefined, fields: Partial<SettledRun> = {}): SettledRun {
  const entry = { rowId, schedule: 'every minute', nextRunAt: NEXT, isOver: false };
  return { ...claim, status: 'sent', at: SETTLED_AT, entry, ...fields };
}

/** The claims of a name that are not settled, the latest first. */
export async function openClaims({ runs }: ScheduleDatabase, name: string): Promise<readonly Claim[]> {
  const history = await runs.history(name, 1_000);
  return history
    .filter(({ status }) => status === 'claimed')
    .map(({ name, dueAt, taskId }) => ({ name, dueAt, taskId }));
}

/** The unfinished claims of a name, which are now the fence's: other tests have theirs. */
export async function unfinished({ runs }: ScheduleDatabase, name: string, fence: string): Promise<readonly Claim[]> {
  return (await runs.unfinished(fence)).filter((claim) => claim.name === name);
}

export async function latestRun({ runs }: ScheduleDatabase, name: string): Promise<PeriodicRun | undefined> {
  return (await runs.history(name, 1))[0];
}
