import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Claim } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { CLAIMED_AT, SETTLED_AT, claimOf, due, latestRun, openClaims, sentOf, unfinished } from './sample-runs.js';
import { freshName } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** A due time belongs to one claim for ever. */
export function describeClaiming(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('due times that nobody has', async () => {
    const database = await suite.opened();
    const fence = await suite.lead(database);
    const claims = [claimOf(), claimOf({ dueAt: new Date('2026-05-01T00:00:00.999Z') })];
    assert.deepEqual(inOrder(await database.runs.claim(claims, fence, CLAIMED_AT)), inOrder(claims));
    for (const claim of claims) {
      const run = { ...claim, status: 'claimed', claimedAt: CLAIMED_AT, settledAt: null, reason: null };
      assert.deepEqual(await latestRun(database, claim.name), run);
    }
    assert.deepEqual(await database.runs.claim([], fence, CLAIMED_AT), []);
  });

  it('again what the fence has claimed before and not settled, under the id of then', async () => {
    const database = await suite.opened();
    const fence = await suite.lead(database);
    const claim = claimOf();
    const next = claimOf({ name: claim.name, dueAt: due(1) });
    await database.runs.claim([claim], fence, CLAIMED_AT);
    const again = await database.runs.claim([{ ...claim, taskId: randomUUID() }, next], fence, SETTLED_AT);
    assert.deepEqual(inOrder(again), inOrder([claim, next]));
  });

  it('nothing that is settled', async () => {
    const database = await suite.opened();
    const fence = await suite.lead(database);
    const claims = [claimOf(), claimOf(), claimOf()];
    await database.runs.claim(claims, fence, CLAIMED_AT);
    const [sent, skipped, open] = claims as [(typeof claims)[0], (typeof claims)[0], (typeof claims)[0]];
    const settled = { status: 'skipped', at: SETTLED_AT, reason: 'still running' } as const;
    await database.runs.settle([sentOf(sent, undefined), { ...skipped, ...settled }]);
    assert.deepEqual(await database.runs.claim(claims, fence, CLAIMED_AT), [open]);
  });

  it('nothing that another fence has claimed', async () => {
    const [first, second] = [await suite.opened(), await suite.opened()];
    const claim = claimOf();
    const before = await suite.lead(first);
    await first.runs.claim([claim], before, CLAIMED_AT);
    await first.leases.release(before);
    const after = await suite.lead(second);
    assert.deepEqual(await second.runs.claim([{ ...claim, taskId: randomUUID() }], after, SETTLED_AT), []);
  });

  it('what another has not finished, all at once, under the ids of then', async () => {
    const [first, second] = [await suite.opened(), await suite.opened()];
    const name = freshName();
    const [settled, early, late] = [1, 2, 3].map((minute) => claimOf({ name, dueAt: due(minute) })) as [
      Claim,
      Claim,
      Claim,
    ];
    const before = await suite.lead(first);
    await first.runs.claim([late, settled, early], before, CLAIMED_AT);
    await first.runs.settle([sentOf(settled, undefined)]);
    await first.leases.release(before);
    const after = await suite.lead(second);
    assert.deepEqual(await unfinished(second, name, after), [early, late]);
    const again = [settled, early, late].map((claim) => ({ ...claim, taskId: randomUUID() }));
    assert.deepEqual(inOrder(await second.runs.claim(again, after, SETTLED_AT)), inOrder([early, late]));
    assert.deepEqual(await unfinished(second, name, after), [early, late]);
    await second.runs.settle([sentOf(early, undefined), sentOf(late, undefined)]);
    assert.deepEqual(await unfinished(second, name, after), []);
  });

  it('nothing under a fence that is not the lease’s', async () => {
    const database = await suite.opened();
    const claim = claimOf();
    const released = await suite.lead(database);
    await database.leases.release(released);
    await assert.rejects(database.runs.claim([claim], released, CLAIMED_AT), { code: 'LEASE_LOST' });
    await assert.rejects(database.runs.unfinished(released), { code: 'LEASE_LOST' });
    const fence = await suite.lead(database);
    await assert.rejects(database.runs.claim([claim], released, CLAIMED_AT), { code: 'LEASE_LOST' });
    await assert.rejects(database.runs.unfinished(released), { code: 'LEASE_LOST' });
    assert.deepEqual(await database.runs.history(claim.name, 1), []);
    assert.deepEqual(await database.runs.claim([claim], fence, CLAIMED_AT), [claim]);
  });

  it('under one id, however many claim at once', async () => {
    const databases = [await suite.opened(), await suite.opened()] as const;
    const fence = await suite.lead(databases[0]);
    const name = freshName();
    const dueTimes = Array.from({ length: 20 }, (_, n) => due(n));
    const claims = () => dueTimes.map((dueAt) => claimOf({ name, dueAt }));
    const answers = await Promise.all(
      [...databases, ...databases].map(({ runs }) => runs.claim(claims(), fence, CLAIMED_AT)),
    );
    const ids = new Set(answers.flat().map(({ taskId }) => taskId));
    assert.equal(ids.size, dueTimes.length);
    assert.equal((await openClaims(databases[1], name)).length, dueTimes.length);
  });

  it('all or nothing while the lease changes hands', async () => {
    const [leader, other] = [await suite.opened(), await suite.opened()];
    for (let round = 0; round < 10; round += 1) {
      const fence = await suite.lead(leader, { ttlMs: 1 });
      const name = freshName();
      const claims = Array.from({ length: 20 }, (_, n) => claimOf({ name, dueAt: due(n) }));
      const [claimed, taken] = await Promise.allSettled([
        leader.runs.claim(claims, fence, CLAIMED_AT),
        suite.lead(other),
      ]);
      assert.ok(taken.status === 'fulfilled');
      if (claimed.status === 'rejected') assert.equal((claimed.reason as { code: string }).code, 'LEASE_LOST');
      assert.equal((await openClaims(other, name)).length, claimed.status === 'fulfilled' ? 20 : 0);
      await other.leases.release(taken.value);
    }
  });
}

const inOrder = <C extends { readonly taskId: string }>(claims: readonly C[]): C[] =>
  [...claims].sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
