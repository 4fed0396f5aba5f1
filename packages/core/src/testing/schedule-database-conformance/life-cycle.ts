import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { insertRow, rowOf } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** Opening and closing. */
export function describeLifeCycle(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('may be opened and closed twice, also at once', async () => {
    const database = await suite.opened();
    await Promise.all([database.open(), database.open()]);
    const id = await insertRow(database);
    await database.open();
    await rowOf(database, id);
    await Promise.all([database.close(), database.close()]);
    await database.close();
  });

  it('closes while others go on', async () => {
    const [first, second] = [await suite.opened(), await suite.opened()];
    const id = await insertRow(first);
    await first.close();
    await rowOf(second, id);
  });

  it('shows its address', async () => {
    assert.match((await suite.opened()).safeUrl, /^\w+:\/\//);
  });
}
