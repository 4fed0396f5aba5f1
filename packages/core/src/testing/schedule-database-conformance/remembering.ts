import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { CLAIMED_AT, NEXT, SETTLED_AT, claimOf, due, sentOf } from './sample-runs.js';
import { POLICY, freshName, insertRow, rowOf } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** Runs and states. */
export function describeRemembering(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('states of entries that only code knows', async () => {
    const database = await suite.opened();
    const fence = await suite.lead(database);
    const claim = claimOf();
    await database.runs.claim([claim], fence, CLAIMED_AT);
    await database.runs.settle([sentOf(claim, undefined)]);
    const sent = { lastDueAt: claim.dueAt, sentAt: SETTLED_AT, lastTaskId: claim.taskId };
    const state = { ...sent, schedule: 'every minute', nextRunAt: NEXT };
    const reader = await suite.opened();
    assert.deepEqual([...(await reader.runs.states([freshName(), claim.name]))], [[claim.name, state]]);
    assert.equal((await reader.runs.states([])).size, 0);
    const next = claimOf({ name: claim.name, dueAt: due(1) });
    await database.runs.claim([next], fence, CLAIMED_AT);
    await database.runs.settle([sentOf(next, undefined)]);
    assert.deepEqual((await reader.runs.states([claim.name])).get(claim.name)?.lastDueAt, due(1));
  });

  it('runs by name, the latest first', async () => {
    const database = await suite.opened();
    const name = freshName();
    const claims = [1, 3, 0, 2].map((minute) => claimOf({ name, dueAt: due(minute) }));
    await database.runs.claim([...claims, claimOf()], await suite.lead(database), CLAIMED_AT);
    const history = await database.runs.history(name, 3);
    assert.deepEqual(
      history.map(({ dueAt }) => dueAt),
      [due(3), due(2), due(1)],
    );
    assert.deepEqual(await database.runs.history(freshName(), 3), []);
  });

  it('nothing but the runs of a row that is removed', async () => {
    const database = await suite.opened();
    const name = freshName();
    const id = await insertRow(database, { name, policy: POLICY });
    const claim = claimOf({ name });
    await database.runs.claim([claim], await suite.lead(database), CLAIMED_AT);
    await database.runs.settle([sentOf(claim, id)]);
    await database.tasks.remove(id);
    assert.equal((await database.runs.history(name, 9)).length, 1);
    const again = await insertRow(database, { name });
    const { policy, state } = await rowOf(database, again);
    assert.deepEqual({ policy, state }, { policy: null, state: null });
  });
}
