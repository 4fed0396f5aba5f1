import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { testGlobals } from '../test-globals.js';
import { collect } from './reading.js';
import { success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

/** Connecting and closing, with work still under way. */
export function describeLifeCycle(suite: ResultBackendSuite): void {
  const { it } = testGlobals();

  it('may be connected and closed twice', async () => {
    const backend = await suite.connected();
    await backend.connect();
    await backend.storeResult(success(randomUUID()));
    await backend.close();
    await backend.close();
  });

  it('stores before it closes', async () => {
    const [writer, reader] = [await suite.connected(), await suite.connected()];
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const stored = Promise.all(ids.map((id) => writer.storeResult(success(id))));
    await writer.close();
    await stored;
    assert.equal((await reader.getMany(ids)).size, 50);
  });

  it('ends the waits when it is closed', async () => {
    const backend = await suite.connected();
    const waiting = collect(backend, [randomUUID()]);
    await backend.getMany([]);
    await Promise.all([assert.rejects(waiting, { code: 'BACKEND_UNAVAILABLE' }), backend.close()]);
  });

  it('shows its address', async () => {
    assert.match((await suite.connected()).safeUrl, /^\w+:\/\//);
  });
}
