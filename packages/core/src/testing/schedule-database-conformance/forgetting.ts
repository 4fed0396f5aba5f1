import assert from 'node:assert/strict';
import type { Claim, ScheduleDatabase, SettledRun } from '../../contracts/periodic-tasks.js';
import { CODE_MEMORY_DAYS } from '../../contracts/schedule-limits.js';
import { testGlobals } from '../test-globals.js';
import { CLAIMED_AT, claimOf, sentOf } from './sample-runs.js';
import { POLICY, freshName, insertRow, rowOf } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** Tests of a store share it, so each settles what it claims, long ago, and prunes all that is older. */
const day = (days: number): Date => new Date(Date.UTC(2001, 0, 1 + days));
/** What was due on `day(0)` is still known of entries of code, or no longer. */
const [CODE_KNOWN, CODE_FORGOTTEN] = [day(CODE_MEMORY_DAYS), day(CODE_MEMORY_DAYS + 1)];

/** What is old, but for what keeps a due time from being sent again. */
export function describeForgetting(suite: ScheduleDatabaseSuite): void {
  const { describe } = testGlobals();
  describe('of rows', () => describeRows(suite));
  describe('of entries that only code knows', () => describeCode(suite));
}

function describeRows(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('runs that are settled and old, and none that is not settled', async () => {
    const database = await suite.opened();
    const name = freshName();
    await insertRow(database, { name });
    const [old, open, border, late] = claimsOn(name, [0, 1, 2, 3]) as [Claim, Claim, Claim, Claim];
    await settled(suite, database, [old, border, late].map(missed), [open]);
    await database.runs.prune(border.dueAt);
    assert.deepEqual(
      await dueTimes(database, name),
      [late, border, open].map(({ dueAt }) => dueAt),
    );
    await database.runs.settle([missed(open)]);
    await database.runs.prune(border.dueAt);
    assert.deepEqual(
      await dueTimes(database, name),
      [late, border].map(({ dueAt }) => dueAt),
    );
  });

  it('and tells how many', async () => {
    const database = await suite.opened();
    const name = freshName();
    await insertRow(database, { name });
    await settled(suite, database, claimsOn(name, [0, 1, 2]).map(missed));
    await database.runs.prune(day(0));
    assert.equal(await database.runs.prune(day(2)), 2);
    assert.equal(await database.runs.prune(day(2)), 0);
  });

  for (const status of ['sent', 'skipped', 'missed', 'cancelled'] as const) {
    it(`but not the latest run of a row, ${status}: it is claimed by nobody again`, async () => {
      const database = await suite.opened();
      const name = freshName();
      await insertRow(database, { name, enabled: false });
      const claims = claimsOn(name, [0, 1]);
      const fence = await settled(
        suite,
        database,
        claims.map((claim) => ({ ...missed(claim), status })),
      );
      await database.runs.prune(CODE_FORGOTTEN);
      assert.deepEqual(await dueTimes(database, name), [day(1)]);
      assert.deepEqual(await database.runs.claim(claims.slice(1), fence, CLAIMED_AT), []);
    });
  }

  it('but not the latest runs of a row that makes up for as many', async () => {
    const database = await suite.opened();
    const name = freshName();
    await insertRow(database, { name, policy: { misfire: 'fire-all', misfireCap: 3 } });
    await settled(suite, database, claimsOn(name, [0, 1, 2, 3, 4]).map(missed));
    await database.runs.prune(day(9));
    assert.deepEqual(await dueTimes(database, name), [day(4), day(3), day(2)]);
  });

  it('and all old runs of a row that is gone', async () => {
    const database = await suite.opened();
    const name = freshName();
    const id = await insertRow(database, { name });
    await settled(suite, database, claimsOn(name, [0, 1, 2]).map(missed));
    await database.tasks.remove(id);
    await database.runs.prune(day(2));
    assert.deepEqual(await dueTimes(database, name), [day(2)]);
    await database.runs.prune(day(3));
    assert.deepEqual(await dueTimes(database, name), []);
  });

  it('but neither policy nor state of a row that is there', async () => {
    const database = await suite.opened();
    const name = freshName();
    const id = await insertRow(database, { name, policy: POLICY });
    const [claim] = claimsOn(name, [0]) as [Claim];
    await settled(suite, database, [sentOf(claim, id)]);
    await database.runs.prune(CODE_FORGOTTEN);
    const { policy, state } = await rowOf(database, id);
    assert.deepEqual(policy, POLICY);
    assert.deepEqual(state?.lastDueAt, claim.dueAt);
  });
}

function describeCode(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('neither state nor latest run for long, and then both', async () => {
    const database = await suite.opened();
    const name = freshName();
    const [sent, skipped] = claimsOn(name, [-1, 0]) as [Claim, Claim];
    const fence = await settled(suite, database, [
      sentFor(sent, skipped.dueAt),
      { ...missed(skipped), status: 'skipped' },
    ]);
    await database.runs.prune(CODE_KNOWN);
    assert.deepEqual(await database.runs.claim([skipped], fence, CLAIMED_AT), []);
    assert.deepEqual((await database.runs.states([name])).get(name)?.lastDueAt, sent.dueAt);
    await database.runs.prune(CODE_FORGOTTEN);
    assert.deepEqual(await dueTimes(database, name), []);
    assert.equal((await database.runs.states([name])).size, 0);
  });

  it('never that one will not run again', async () => {
    const database = await suite.opened();
    const [claim] = claimsOn(freshName(), [0]) as [Claim];
    await settled(suite, database, [sentFor(claim, null)]);
    await database.runs.prune(day(9 * CODE_MEMORY_DAYS));
    assert.deepEqual((await database.runs.states([claim.name])).get(claim.name)?.lastTaskId, claim.taskId);
  });

  it('all but the latest hundred runs', async () => {
    const database = await suite.opened();
    const name = freshName();
    const days = Array.from({ length: 103 }, (_, n) => n);
    await settled(suite, database, claimsOn(name, days).map(missed));
    await database.runs.prune(day(103));
    assert.deepEqual(await dueTimes(database, name), days.slice(3).reverse().map(day));
  });
}

const claimsOn = (name: string, days: readonly number[]): Claim[] => days.map((n) => claimOf({ name, dueAt: day(n) }));

const missed = (claim: Claim): SettledRun => ({ ...claim, status: 'missed', at: claim.dueAt });

/** Of an entry that only code knows. */
const sentFor = (claim: Claim, nextRunAt: Date | null): SettledRun => ({
  ...sentOf(claim, undefined, { at: claim.dueAt }),
  entry: { rowId: undefined, schedule: 's', nextRunAt, isOver: nextRunAt === null },
});

/** Claims and settles them. @returns the fence */
async function settled(
  suite: ScheduleDatabaseSuite,
  database: ScheduleDatabase,
  runs: readonly SettledRun[],
  open: readonly Claim[] = [],
): Promise<string> {
  const fence = await suite.lead(database);
  await database.runs.claim([...runs, ...open], fence, CLAIMED_AT);
  await database.runs.settle(runs);
  return fence;
}

/** Of the runs that are known, the latest first. */
async function dueTimes(database: ScheduleDatabase, name: string): Promise<Date[]> {
  return (await database.runs.history(name, 1_000)).map(({ dueAt }) => dueAt);
}
