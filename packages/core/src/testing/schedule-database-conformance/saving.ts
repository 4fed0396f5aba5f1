import assert from 'node:assert/strict';
import { testGlobals } from '../test-globals.js';
import {
  COLUMN_DEFAULTS,
  EVERYTHING,
  EVERY_MINUTE,
  POLICY,
  SCHEDULES,
  freshName,
  insertRow,
  rowOf,
} from './sample-rows.js';
import type { ScheduleDatabaseSuite } from './suite.js';

/** What is written is there, whole, and nothing else has changed. */
export function describeSaving(suite: ScheduleDatabaseSuite): void {
  const { describe } = testGlobals();
  describe('new rows', () => describeInserting(suite));
  describe('changes', () => describeUpdating(suite));
  describe('no name twice', () => describeNames(suite));
}

function describeInserting(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it("takes the columns' defaults for what is left out", async () => {
    const database = await suite.opened();
    const fields = { name: freshName(), task: 'suite.task', schedules: [EVERY_MINUTE] };
    const id = await database.tasks.insert(fields);
    const { dateChanged, ...row } = await rowOf(database, id);
    assert.ok(dateChanged instanceof Date);
    assert.deepEqual(row, { ...COLUMN_DEFAULTS, ...fields, id });
  });

  it('gives back every column as it was written, texts and milliseconds included', async () => {
    const [writer, reader] = [await suite.opened(), await suite.opened()];
    const written = { ...EVERYTHING, name: freshName(), schedules: SCHEDULES.slice(1, 2), policy: POLICY };
    const runs = { lastRunAt: new Date('2026-02-03T04:05:06.007Z'), totalRunCount: 12 };
    const id = await writer.tasks.insert({ ...written, ...runs });
    const { dateChanged: _, ...row } = await rowOf(reader, id);
    assert.deepEqual(row, { ...written, ...runs, id, state: null });
  });

  for (const schedule of SCHEDULES) {
    it(`gives back a schedule of the kind ${schedule.kind}`, async () => {
      const database = await suite.opened();
      const id = await insertRow(database, { schedules: [schedule] });
      assert.deepEqual((await rowOf(database, id)).schedules, [schedule]);
    });
  }

  it('keeps rows without a schedule, and with several', async () => {
    const database = await suite.opened();
    const none = await insertRow(database, { schedules: [] });
    const several = await insertRow(database, { schedules: SCHEDULES });
    assert.deepEqual((await rowOf(database, none)).schedules, []);
    const kept = (await rowOf(database, several)).schedules;
    assert.deepEqual(new Set(kept.map(({ kind }) => kind)), new Set(SCHEDULES.map(({ kind }) => kind)));
  });
}

function describeUpdating(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('leaves what the change leaves out', async () => {
    const database = await suite.opened();
    const id = await insertRow(database, { ...EVERYTHING, schedules: SCHEDULES.slice(2, 3), policy: POLICY });
    const { dateChanged, ...before } = await rowOf(database, id);
    assert.equal(await database.tasks.update(id, { queue: 'other' }), true);
    const { dateChanged: changed, ...after } = await rowOf(database, id);
    assert.deepEqual(after, { ...before, queue: 'other' });
    assert.ok(changed >= dateChanged, 'dateChanged goes forward');
  });

  it('writes every column', async () => {
    const database = await suite.opened();
    const id = await insertRow(database);
    const change = { ...EVERYTHING, name: freshName(), schedules: SCHEDULES.slice(3), policy: POLICY };
    await database.tasks.update(id, { ...change, lastRunAt: new Date('2026-02-03T04:05:06.007Z'), totalRunCount: 3 });
    const { dateChanged: _, ...row } = await rowOf(database, id);
    const runs = { lastRunAt: new Date('2026-02-03T04:05:06.007Z'), totalRunCount: 3 };
    assert.deepEqual(row, { ...change, ...runs, id, state: null });
  });

  it('takes away what is set to null', async () => {
    const database = await suite.opened();
    const id = await insertRow(database, { ...EVERYTHING, policy: POLICY, lastRunAt: new Date(0) });
    const nothing = { queue: null, exchange: null, routingKey: null, priority: null, policy: null, lastRunAt: null };
    const change = { ...nothing, expires: null, expireSeconds: null, startTime: null };
    await database.tasks.update(id, change);
    const row = await rowOf(database, id);
    for (const key of Object.keys(change) as (keyof typeof change)[]) assert.equal(row[key], null, key);
  });

  it('replaces a policy as a whole', async () => {
    const database = await suite.opened();
    const id = await insertRow(database, { policy: POLICY });
    await database.tasks.update(id, { policy: { jitter: 3 } });
    assert.deepEqual((await rowOf(database, id)).policy, { jitter: 3 });
  });

  it('replaces a schedule by one of another kind', async () => {
    const database = await suite.opened();
    const id = await insertRow(database);
    for (const schedule of SCHEDULES) {
      await database.tasks.update(id, { schedules: [schedule] });
      assert.deepEqual((await rowOf(database, id)).schedules, [schedule]);
    }
  });

  it('says when there is no such row', async () => {
    const database = await suite.opened();
    const id = await insertRow(database);
    assert.equal(await database.tasks.remove(id), true);
    assert.equal(await database.tasks.remove(id), false);
    assert.equal(await database.tasks.update(id, { enabled: false }), false);
    assert.equal(await database.tasks.update(id, { policy: POLICY }), false);
    assert.deepEqual(await database.tasks.find({ ids: [id] }), []);
  });
}

function describeNames(suite: ScheduleDatabaseSuite): void {
  const { it } = testGlobals();

  it('refuses a second row of a name', async () => {
    const database = await suite.opened();
    const name = freshName();
    const id = await insertRow(database, { name });
    await assert.rejects(insertRow(database, { name }), { code: 'DUPLICATE_NAME', taskName: name });
    assert.deepEqual(
      (await database.tasks.find({ names: [name] })).map((row) => row.id),
      [id],
    );
  });

  it('makes one row of many that are made at once', async () => {
    const databases = [await suite.opened(), await suite.opened()];
    const name = freshName();
    const all = databases.flatMap((database) => [insertRow(database, { name }), insertRow(database, { name })]);
    const made = await Promise.allSettled(all);
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('frees the name that a row had before', async () => {
    const database = await suite.opened();
    const [before, after] = [freshName(), freshName()];
    const id = await insertRow(database, { name: before });
    await database.tasks.update(id, { name: after });
    assert.deepEqual(await database.tasks.find({ names: [before] }), []);
    assert.equal((await database.tasks.find({ names: [after] }))[0]?.id, id);
    await insertRow(database, { name: before });
  });

  it('refuses to give a row the name of another, and changes nothing', async () => {
    const database = await suite.opened();
    const [taken, own] = [freshName(), freshName()];
    await insertRow(database, { name: taken });
    const id = await insertRow(database, { name: own });
    const change = { name: taken, queue: 'other', policy: POLICY };
    await assert.rejects(database.tasks.update(id, change), { code: 'DUPLICATE_NAME', taskName: taken });
    const { name, queue, policy } = await rowOf(database, id);
    assert.deepEqual({ name, queue, policy }, { name: own, queue: null, policy: null });
    assert.equal(await database.tasks.update(id, { name: own }), true);
  });
}
