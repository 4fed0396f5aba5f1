import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ScheduleDatabase } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { CLAIMED_AT, claimOf } from './sample-runs.js';
import type { ScheduleDatabaseSuite } from './suite.js';

const LONG = 60_000;
const SHORT = 50;

/** One leads, and another takes over when it is gone. */
export function describeLeasing(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('to one at a time, and says who has it and until when', async () => {
    const [leader, standby] = [await suite.opened(), await suite.opened()];
    const owner = randomUUID();
    await suite.lead(leader, { owner });
    const answer = await standby.leases.acquire(randomUUID(), LONG);
    assert.ok('heldBy' in answer);
    assert.equal(answer.heldBy, owner);
    assert.ok(answer.until instanceof Date);
  });

  it('to one of many that ask at once', async () => {
    const databases = [await suite.opened(), await suite.opened()];
    await databases[0]?.leases.release(await suite.lead(databases[0]));
    const asked = [...databases, ...databases, ...databases].map(({ leases }) => leases.acquire(randomUUID(), LONG));
    const fences = (await Promise.all(asked)).flatMap((answer) => ('fence' in answer ? [answer.fence] : []));
    assert.equal(fences.length, 1);
    await databases[0]?.leases.release(fences[0] ?? '');
  });

  it('to its owner again, under the same fence: it has not changed hands', async () => {
    const database = await suite.opened();
    const owner = randomUUID();
    const fence = await suite.lead(database, { owner });
    assert.equal(await suite.lead(database, { owner }), fence);
    assert.equal(await database.leases.renew(fence, LONG), true);
    const claim = claimOf();
    assert.deepEqual(await database.runs.claim([claim], fence, CLAIMED_AT), [claim]);
  });

  it('to another once it has run out, under a higher fence; the first then has it no longer', async () => {
    const [first, second] = [await suite.opened(), await suite.opened()];
    const lost = await suite.lead(first, { ttlMs: SHORT });
    const fence = await suite.lead(second);
    assert.ok(BigInt(fence) > BigInt(lost), `${fence} > ${lost}`);
    assert.equal(await first.leases.renew(lost, LONG), false);
    await assert.rejects(first.runs.claim([claimOf()], lost, CLAIMED_AT), { code: 'LEASE_LOST' });
    await first.leases.release(lost);
    assert.equal(await second.leases.renew(fence, LONG), true);
  });

  it('for longer when it is renewed', async () => {
    const [leader, standby] = [await suite.opened(), await suite.opened()];
    const fence = await suite.lead(leader, { ttlMs: LONG });
    const before = await heldUntil(standby);
    assert.equal(await leader.leases.renew(fence, 2 * LONG), true);
    assert.ok((await heldUntil(standby)) > before);
  });

  it('to whoever waits, as soon as it is let go, under a higher fence', async () => {
    const [leader, standby] = [await suite.opened(), await suite.opened()];
    const released = await suite.lead(leader);
    await leader.leases.release(released);
    await leader.leases.release(released);
    const answer = await standby.leases.acquire(randomUUID(), LONG);
    assert.ok('fence' in answer);
    assert.ok(BigInt(answer.fence) > BigInt(released));
    assert.equal(await leader.leases.renew(released, LONG), false);
    await standby.leases.release(answer.fence);
  });
}

async function heldUntil({ leases }: ScheduleDatabase): Promise<Date> {
  const answer = await leases.acquire(randomUUID(), LONG);
  assert.ok('until' in answer);
  return answer.until;
}
