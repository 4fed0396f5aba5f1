import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import { EVERY_MINUTE, SCHEDULES, insertRow, rowOf } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** Tasks with the same schedule share its row, and do not notice. */
export function describeSharing(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  for (const schedule of SCHEDULES) {
    it(`one ${schedule.kind} that one task changes, and the other keeps`, async () => {
      const database = await suite.opened();
      const [first, second] = [
        await insertRow(database, { schedules: [schedule] }),
        await insertRow(database, { schedules: [schedule] }),
      ];
      await database.tasks.update(first, { schedules: [EVERY_MINUTE] });
      assert.deepEqual((await rowOf(database, first)).schedules, [EVERY_MINUTE]);
      assert.deepEqual((await rowOf(database, second)).schedules, [schedule]);
    });

    it(`one ${schedule.kind} that outlives one of its tasks`, async () => {
      const database = await suite.opened();
      const [first, second] = [
        await insertRow(database, { schedules: [schedule] }),
        await insertRow(database, { schedules: [schedule] }),
      ];
      await database.tasks.remove(first);
      assert.deepEqual((await rowOf(database, second)).schedules, [schedule]);
    });
  }

  it('a schedule that many tasks are given at once', async () => {
    const [one, other] = [await suite.opened(), await suite.opened()];
    const schedules = [{ kind: 'interval', every: 86_399, period: 'seconds' }] as const;
    const made = Array.from({ length: 10 }, () => [insertRow(one, { schedules }), insertRow(other, { schedules })]);
    const rows = await one.tasks.find({ ids: await Promise.all(made.flat()) });
    assert.equal(rows.length, 20);
    for (const row of rows) assert.deepEqual(row.schedules, schedules);
  });
}
