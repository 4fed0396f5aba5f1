import assert from 'node:assert/strict';
import type { ScheduleDatabase, ScheduleEdit } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';
import { POLICY, insertRow } from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** Edits are told, whoever makes them. */
export function describeWatching(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('rows that are made, changed and removed elsewhere', async () => {
    const [writer, reader] = [await suite.opened(), await suite.opened()];
    const watched = await watch(reader);
    const id = await insertRow(writer);
    await watched.told(id);
    await writer.tasks.update(id, { enabled: false });
    await watched.told(id);
    await writer.tasks.update(id, { schedules: [{ kind: 'interval', every: 7, period: 'hours' }] });
    await watched.told(id);
    await writer.tasks.remove(id);
    await watched.told(id);
  });

  it('policies, which are not in Django’s tables', async () => {
    const [writer, reader] = [await suite.opened(), await suite.opened()];
    const id = await insertRow(writer);
    const watched = await watch(reader);
    await writer.tasks.update(id, { policy: POLICY });
    await watched.told(id);
    await writer.tasks.update(id, { policy: null });
    await watched.told(id);
  });

  it('its own edits, with several watchers each', async () => {
    const database = await suite.opened();
    const watched = [await watch(database), await watch(database)];
    const id = await insertRow(database);
    await Promise.all(watched.map(({ told }) => told(id)));
  });

  it('nothing once it is stopped', async () => {
    const [writer, reader] = [await suite.opened(), await suite.opened()];
    const [stopped, goesOn] = [await watch(reader), await watch(reader)];
    await stopped.stop();
    await stopped.stop();
    stopped.edits.splice(0);
    await goesOn.told(await insertRow(writer));
    assert.deepEqual(stopped.edits, []);
  });

  it('nothing once it is closed', async () => {
    const [writer, closed, open] = [await suite.opened(), await suite.opened(), await suite.opened()];
    const [silent, goesOn] = [await watch(closed), await watch(open)];
    await closed.close();
    silent.edits.splice(0);
    await goesOn.told(await insertRow(writer));
    assert.deepEqual(silent.edits, []);
    await silent.stop();
  });
}

async function watch(database: ScheduleDatabase) {
  const edits: ScheduleEdit[] = [];
  const stop = await database.watch((edit) => edits.push(edit));
  /** Resolves with the next edit of the row, and forgets it with all before. */
  const told = async (id: number): Promise<void> => {
    const isOfRow = (edit: ScheduleEdit) => edit === 'all' || edit.ids.includes(id);
    await waitUntil(`the edit of row ${id} is told`, () => edits.some(isOfRow));
    edits.splice(0);
  };
  return { edits, stop, told };
}
