import assert from 'node:assert/strict';
import type { PeriodicTaskRow, ScheduleDatabase } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { freshName, insertRow } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** By id, by name, and page by page. */
export function describeFinding(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('rows by id and by name, enabled or not, without what does not exist', async () => {
    const database = await suite.opened();
    const names = [freshName(), `${freshName()} 'q" % _ ☃`] as const;
    const ids = [
      await insertRow(database, { name: names[0] }),
      await insertRow(database, { name: names[1], enabled: false }),
    ];
    const gone = await insertRow(database);
    await database.tasks.remove(gone);
    const byId = await database.tasks.find({ ids: [...ids, gone, ...ids] });
    const byName = await database.tasks.find({ names: [...names, freshName(), '', '__proto__'] });
    assert.deepEqual(new Set(byId.map(({ name }) => name)), new Set(names));
    assert.equal(byId.length, 2);
    assert.deepEqual(new Set(byName.map(({ id }) => id)), new Set(ids));
  });

  it('nothing when nothing is asked for', async () => {
    const { tasks } = await suite.opened();
    assert.deepEqual(await tasks.find({ ids: [] }), []);
    assert.deepEqual(await tasks.find({ names: [] }), []);
  });

  it('the names of one case only', async () => {
    const database = await suite.opened();
    const name = freshName();
    await insertRow(database, { name });
    assert.deepEqual(await database.tasks.find({ names: [name.toUpperCase()] }), []);
  });

  it('enabled rows page by page, in order of the id', async () => {
    const database = await suite.opened();
    const ids: number[] = [];
    for (const enabled of [true, true, false, true, true, true]) ids.push(await insertRow(database, { enabled }));
    const [first = 0, second, disabled, ...rest] = ids;
    assert.deepEqual(await pages(database, first - 1), [first, second, ...rest]);
    assert.equal((await pages(database, first - 1)).includes(disabled ?? 0), false);
    assert.deepEqual(await pages(database, second ?? 0), rest);
  });
}

/** The ids of all pages of two, which are as long as they can be. */
async function pages({ tasks }: ScheduleDatabase, afterId: number): Promise<number[]> {
  const ids: number[] = [];
  let page: readonly PeriodicTaskRow[];
  do {
    page = await tasks.page(ids.at(-1) ?? afterId, 2);
    ids.push(...page.map(({ id }) => id));
  } while (page.length === 2);
  return ids;
}
