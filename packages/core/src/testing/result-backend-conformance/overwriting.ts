import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { testGlobals } from '../test-globals.js';
import { find } from './reading.js';
import { EXTENDED, STORED_AT, failure, lasting, started, success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

/** Which state stands when several are stored for one task. */
export function describeOverwriting(suite: ResultBackendSuite): void {
  const { it } = testGlobals();

  it('replaces a state by the next, but remembers the start, the name and the arguments', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult({ ...started(id), extended: EXTENDED });
    assert.equal(await backend.storeResult(failure(id)), 'written');
    assert.equal(await backend.storeResult(success(id, '7')), 'written');
    const meta = await find(backend, id);
    assert.equal(meta.result.data, '7');
    assert.equal(meta.traceback, null);
    assert.deepEqual(meta.dateStarted, STORED_AT);
    assert.deepEqual(lasting(meta.extended), lasting(EXTENDED));
  });

  it('ends with the last of several states that are stored at once', async () => {
    const backend = await suite.connected();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(
      ids.flatMap((id) => [started(id), failure(id), started(id), success(id, '9')].map((m) => backend.storeResult(m))),
    );
    for (const [id, meta] of await backend.getMany(ids)) {
      assert.equal(meta.status, 'SUCCESS', id);
      assert.deepEqual(meta.dateStarted, STORED_AT);
    }
  });

  it('keeps a success against every late state, and says so', async () => {
    const backend = await suite.connected();
    const [apart, together] = [randomUUID(), randomUUID()];
    await backend.storeResult(success(apart, '1'));
    assert.equal(await backend.storeResult(failure(apart)), 'kept');
    assert.equal(await backend.storeResult(started(apart)), 'kept');
    assert.equal(await backend.storeResult(success(apart, '2')), 'written');
    const metas = [started(together), success(together, '2'), failure(together)];
    assert.equal((await Promise.all(metas.map((meta) => backend.storeResult(meta)))).at(-1), 'kept');
    for (const meta of (await backend.getMany([apart, together])).values()) {
      assert.equal(meta.status, 'SUCCESS');
      assert.equal(meta.result.data, '2');
    }
  });

  it('overwrites a success when it was told not to protect it', async () => {
    const backend = await suite.connected({ protectSuccess: false });
    const id = randomUUID();
    await backend.storeResult(success(id));
    assert.equal(await backend.storeResult(failure(id)), 'written');
    assert.equal((await find(backend, id)).status, 'FAILURE');
  });
}
