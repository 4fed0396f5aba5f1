import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PeriodicTaskQuery, ScheduleDatabase } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { insertRow } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** For people, who search and turn pages. */
export function describeListing(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('in order of the name, page by page, with the number of all', async () => {
    const database = await suite.opened();
    const mark = randomUUID();
    for (const letter of ['c', 'a', 'd', 'b']) await insertRow(database, { name: `${mark} ${letter}` });
    const all = await list(database, { search: mark });
    assert.deepEqual(all, { names: [`${mark} a`, `${mark} b`, `${mark} c`, `${mark} d`], total: 4 });
    const page = await list(database, { search: mark, limit: 2, offset: 1 });
    assert.deepEqual(page, { names: [`${mark} b`, `${mark} c`], total: 4 });
    assert.deepEqual(await list(database, { search: mark, offset: 9 }), { names: [], total: 4 });
  });

  it('what has a part in its name or its task, in any case', async () => {
    const database = await suite.opened();
    const mark = randomUUID();
    await insertRow(database, { name: `${mark} 1` });
    await insertRow(database, { name: `2 of ${mark.slice(9)}`, task: `Reports.${mark}.send` });
    assert.deepEqual(
      (await list(database, { search: mark.toUpperCase() })).names,
      [`2 of ${mark.slice(9)}`, `${mark} 1`].sort(),
    );
  });

  it('what is written in the search, which is no pattern', async () => {
    const database = await suite.opened();
    const mark = randomUUID();
    const names = [`${mark} 100%`, `${mark} a_b`, `${mark} c\\d`, `${mark} e'f`];
    for (const name of [...names, `${mark} 1000`, `${mark} axb`]) await insertRow(database, { name });
    for (const name of names) assert.deepEqual((await list(database, { search: name })).names, [name]);
  });

  it('only what is enabled, or is not', async () => {
    const database = await suite.opened();
    const mark = randomUUID();
    await insertRow(database, { name: `${mark} on` });
    await insertRow(database, { name: `${mark} off`, enabled: false });
    assert.deepEqual(await list(database, { search: mark, enabled: true }), { names: [`${mark} on`], total: 1 });
    assert.deepEqual(await list(database, { search: mark, enabled: false }), { names: [`${mark} off`], total: 1 });
    assert.equal((await list(database, { search: mark, enabled: undefined })).total, 2);
  });

  it('everything without a search', async () => {
    const database = await suite.opened();
    const before = (await list(database, {})).total;
    await insertRow(database);
    assert.equal((await list(database, { search: undefined })).total, before + 1);
  });
}

async function list(
  { tasks }: ScheduleDatabase,
  query: Partial<PeriodicTaskQuery>,
): Promise<{ names: string[]; total: number }> {
  const { rows, total } = await tasks.list({ limit: 100, offset: 0, ...query });
  return { names: rows.map(({ name }) => name), total };
}
