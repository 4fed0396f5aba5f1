import assert from 'node:assert/strict';
import type { Claim, ScheduleDatabase, SettledRun } from '../../contracts/periodic-tasks.js';
import { MAX_RUN_COUNT } from '../../contracts/schedule-limits.js';
import { testGlobals } from '../test-globals.js';
import { CLAIMED_AT, NEXT, SETTLED_AT, claimOf, due, latestRun, sentOf } from './sample-runs.js';
import { POLICY, freshName, insertRow, rowOf } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** What has become of a run is written once, with the row. */
export function describeSettling(suite: ScheduleDatabaseSuite): void {
  const { describe } = testGlobals();
  describe('what was sent', () => describeSent(suite));
  describe('what was not sent', () => describeUnsent(suite));
  describe('rows that others change', () => describeEdited(suite));
}

/** A row with claimed due times. */
async function claimed(suite: ScheduleDatabaseSuite, minutes: readonly number[] = [0]) {
  const database = await suite.opened();
  const name = freshName();
  const id = await insertRow(database, { name });
  const claims = minutes.map((minute) => claimOf({ name, dueAt: due(minute) }));
  const fence = await suite.lead(database);
  await database.runs.claim(claims, fence, CLAIMED_AT);
  return { database, name, id, fence, claims, claim: claims[0] as Claim };
}

async function countOf(database: ScheduleDatabase, id: number): Promise<number> {
  return (await rowOf(database, id)).totalRunCount;
}

function describeSent(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('with the run, the last run, their number and the state', async () => {
    const { database, name, id, claim } = await claimed(suite);
    await database.runs.settle([sentOf(claim, id)]);
    const run = { ...claim, status: 'sent', claimedAt: CLAIMED_AT, settledAt: SETTLED_AT, reason: null };
    assert.deepEqual(await latestRun(database, name), run);
    const { lastRunAt, totalRunCount, state, enabled } = await rowOf(await suite.opened(), id);
    assert.deepEqual({ lastRunAt, totalRunCount, enabled }, { lastRunAt: SETTLED_AT, totalRunCount: 1, enabled: true });
    const sent = { lastDueAt: claim.dueAt, sentAt: SETTLED_AT, lastTaskId: claim.taskId };
    assert.deepEqual(state, { ...sent, schedule: 'every minute', nextRunAt: NEXT });
  });

  it('once, however often it is told', async () => {
    const { database, name, id, claim } = await claimed(suite);
    await Promise.all([database.runs.settle([sentOf(claim, id)]), database.runs.settle([sentOf(claim, id)])]);
    await database.runs.settle([sentOf(claim, id, { status: 'cancelled', at: NEXT })]);
    assert.equal(await countOf(database, id), 1);
    assert.deepEqual((await rowOf(database, id)).lastRunAt, SETTLED_AT);
    assert.equal((await latestRun(database, name))?.status, 'sent');
  });

  it('each of several of one row', async () => {
    const { database, id, claims } = await claimed(suite, [0, 1, 2]);
    await database.runs.settle(claims.map((claim) => sentOf(claim, id)));
    assert.equal(await countOf(database, id), 3);
    assert.deepEqual((await rowOf(database, id)).state?.lastDueAt, due(2));
  });

  it('late, without setting the row back', async () => {
    const { database, id, claims } = await claimed(suite, [0, 1]);
    const [early, late] = claims as [Claim, Claim];
    await database.runs.settle([sentOf(late, id)]);
    await database.runs.settle([sentOf(early, id)]);
    assert.deepEqual((await rowOf(database, id)).state?.lastDueAt, due(1));
    assert.equal((await rowOf(database, id)).state?.lastTaskId, late.taskId);
  });

  it('for the last time: the row is disabled as Django leaves a one-off', async () => {
    const { database, id, claim } = await claimed(suite);
    await database.tasks.update(id, { totalRunCount: 4 });
    const entry = { rowId: id, schedule: 'every minute', nextRunAt: null, isOver: true };
    await database.runs.settle([sentOf(claim, id, { entry })]);
    const { enabled, lastRunAt, totalRunCount, state } = await rowOf(database, id);
    const left = { enabled: false, lastRunAt: null, totalRunCount: 0 };
    assert.deepEqual({ enabled, lastRunAt, totalRunCount }, left);
    assert.equal(state?.nextRunAt, null);
  });

  for (const nextRunAt of [new Date('+010240-01-01T00:00:00Z'), new Date(NaN)]) {
    it(`without a next run when that is ${nextRunAt.getTime()}, in no calendar`, async () => {
      const { database, id, claim } = await claimed(suite);
      await database.runs.settle([
        sentOf(claim, id, { entry: { rowId: id, schedule: 's', nextRunAt, isOver: false } }),
      ]);
      assert.deepEqual((await rowOf(database, id)).state?.lastDueAt, claim.dueAt);
      assert.equal((await rowOf(database, id)).state?.nextRunAt, null);
    });
  }

  it('however often the row was sent', async () => {
    const { database, id, claim } = await claimed(suite);
    await database.tasks.update(id, { totalRunCount: MAX_RUN_COUNT });
    await database.runs.settle([sentOf(claim, id)]);
    assert.equal(await countOf(database, id), MAX_RUN_COUNT);
  });

  it('hundreds at once, and none when there are none', async () => {
    const { database, id, claims } = await claimed(
      suite,
      Array.from({ length: 300 }, (_, n) => n),
    );
    await database.runs.settle(claims.map((claim) => sentOf(claim, id)));
    await database.runs.settle([]);
    assert.equal(await countOf(database, id), 300);
    const history = await database.runs.history(claims[0]?.name ?? '', 1000);
    assert.equal(history.filter(({ status }) => status === 'sent').length, 300);
  });
}

function describeUnsent(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  for (const status of ['skipped', 'missed', 'cancelled'] as const) {
    it(`${status}: with the reason, and the row as it was`, async () => {
      const { database, name, id, claim } = await claimed(suite);
      const before = await rowOf(database, id);
      await database.runs.settle([{ ...claim, status, at: SETTLED_AT, reason: 'it’s why' }]);
      const run = { ...claim, status, claimedAt: CLAIMED_AT, settledAt: SETTLED_AT, reason: 'it’s why' };
      assert.deepEqual(await latestRun(database, name), run);
      assert.deepEqual(await rowOf(database, id), before);
    });
  }

  it('for a reason with null characters, without them', async () => {
    const { database, name, claim } = await claimed(suite);
    await database.runs.settle([{ ...claim, status: 'cancelled', at: SETTLED_AT, reason: 'no\0 such\0' }]);
    assert.equal((await latestRun(database, name))?.reason, 'no such');
  });

  it('is not counted when the entry goes on', async () => {
    const { database, id, claim } = await claimed(suite);
    await database.runs.settle([sentOf(claim, id, { status: 'missed', reason: 'too late' })]);
    const { totalRunCount, state } = await rowOf(database, id);
    assert.equal(totalRunCount, 0);
    assert.deepEqual(state?.lastDueAt, claim.dueAt);
  });
}

function describeEdited(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('between claim and mark, and keeps their changes', async () => {
    const { database, id, claim } = await claimed(suite);
    const edit = { enabled: false, queue: 'other', policy: POLICY, task: 'suite.other' };
    await database.tasks.update(id, edit);
    await database.runs.settle([sentOf(claim, id)]);
    const { enabled, queue, policy, task, totalRunCount, lastRunAt } = await rowOf(database, id);
    assert.deepEqual({ enabled, queue, policy, task }, edit);
    assert.equal(totalRunCount, 1);
    assert.equal(lastRunAt, null, 'a disabled row has no last run, as in Django');
  });

  it('between claim and mark by another name: it is the same row', async () => {
    const { database, id, fence, claim } = await claimed(suite);
    const name = freshName();
    await database.tasks.update(id, { name });
    const next = claimOf({ name, dueAt: due(1) });
    await database.runs.claim([next], fence, CLAIMED_AT);
    await database.runs.settle([sentOf(claim, id), sentOf(next, id)]);
    const { state, totalRunCount } = await rowOf(database, id);
    assert.deepEqual({ lastDueAt: state?.lastDueAt, totalRunCount }, { lastDueAt: due(1), totalRunCount: 2 });
  });

  it('by another name after the mark: policy and state go with it', async () => {
    const { database, id, name, claim } = await claimed(suite);
    await database.tasks.update(id, { policy: POLICY });
    await database.runs.settle([sentOf(claim, id)]);
    await database.tasks.update(id, { name: freshName() });
    const { policy, state } = await rowOf(database, id);
    assert.deepEqual({ policy, lastDueAt: state?.lastDueAt }, { policy: POLICY, lastDueAt: claim.dueAt });
    const other = await rowOf(database, await insertRow(database, { name }));
    assert.deepEqual({ policy: other.policy, state: other.state }, { policy: null, state: null });
  });

  it('after the mark: the state stays', async () => {
    const { database, id, claim } = await claimed(suite);
    await database.runs.settle([sentOf(claim, id)]);
    const { state } = await rowOf(database, id);
    await database.tasks.update(id, { enabled: false, lastRunAt: null, policy: POLICY });
    assert.deepEqual((await rowOf(database, id)).state, state);
  });

  it('and remove: the run is marked, the others in the same call too', async () => {
    const { database, name, id, fence, claim } = await claimed(suite);
    const stays = await insertRow(database);
    const other = claimOf();
    await database.runs.claim([other], fence, CLAIMED_AT);
    await database.tasks.remove(id);
    await database.runs.settle([sentOf(claim, id), sentOf(other, stays)] satisfies SettledRun[]);
    assert.equal((await latestRun(database, name))?.status, 'sent');
    assert.equal(await countOf(database, stays), 1);
  });
}
