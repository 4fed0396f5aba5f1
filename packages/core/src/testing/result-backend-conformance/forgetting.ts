import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { testGlobals } from '../test-globals.js';
import { success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

/** Results go when they are named, or when they are old. */
export function describeForgetting(suite: ResultBackendSuite): void {
  const { it } = testGlobals();

  it('forgets the named results only', async () => {
    const backend = await suite.connected();
    const [gone, stays] = [randomUUID(), randomUUID()];
    await Promise.all([gone, stays].map((id) => backend.storeResult(success(id))));
    await backend.forget([gone, randomUUID()]);
    await backend.forget([]);
    assert.deepEqual([...(await backend.getMany([gone, stays])).keys()], [stays]);
  });

  it('deletes what was done before a time, and counts it', async () => {
    const backend = await suite.connected();
    const [old, young] = [randomUUID(), randomUUID()];
    await backend.storeResult({ ...success(old), dateDone: new Date('2001-01-01T00:00:00Z') });
    await backend.storeResult({ ...success(young), dateDone: new Date('2001-01-03T00:00:00Z') });
    assert.equal(await backend.deleteExpired(new Date('2001-01-02T00:00:00Z')), 1);
    assert.equal(await backend.deleteExpired(new Date('2001-01-02T00:00:00Z')), 0);
    assert.deepEqual([...(await backend.getMany([old, young])).keys()], [young]);
    await backend.forget([young]);
  });
}
