import { waitUntil } from '@nestjs-celery/core/testing';
import { BeatRows } from '../support/beat-rows.js';
import { BeatSpy } from '../support/beat-spy.js';
import { startNodeBeat } from '../support/node-beat.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { query } from '../support/query.js';

const TIMEOUT = 60_000;
/** Within a second, and what a busy machine adds. */
const SOON_MS = 2_000;

/** What ends the runs of a row, which is `$1`. */
const ENDS: Readonly<Record<string, string>> = {
  disabled: `UPDATE django_celery_beat_periodictask SET enabled = false WHERE name = $1`,
  deleted: `DELETE FROM django_celery_beat_periodictask WHERE name = $1`,
  slower: `UPDATE django_celery_beat_intervalschedule SET every = 3600
    WHERE id = (SELECT interval_id FROM django_celery_beat_periodictask WHERE name = $1)`,
  rescheduled: `UPDATE django_celery_beat_periodictask SET interval_id =
    (SELECT min(id) FROM django_celery_beat_intervalschedule WHERE period = 'hours') WHERE name = $1`,
  expired: `UPDATE django_celery_beat_periodictask SET expires = now() WHERE name = $1`,
  postponed: `UPDATE django_celery_beat_periodictask SET start_time = now() + interval '1 day' WHERE name = $1`,
  renamed: `UPDATE django_celery_beat_periodictask SET name = 'new name' WHERE name = $1`,
};

describe('edits in plain SQL, while beat runs', () => {
  let database: OwnDatabase;
  let rows: BeatRows;
  let spy: BeatSpy;

  beforeAll(async () => {
    database = await createOwnDatabase();
    rows = new BeatRows(database.url);
    spy = await new BeatSpy().open();
    await startNodeBeat({ entry: 'chaos-beat', databaseUrl: database.url });
    await eachSecond('stays');
  }, TIMEOUT);

  afterAll(async () => {
    await spy.close();
    await database.drop();
  });

  const eachSecond = async (name: string) => rows.task(name, { interval_id: await rows.interval(), queue: spy.queue });
  const dueNow = (name: string) => rows.taskDueNow(name, { queue: spy.queue });

  /** When the entry was due for the last time, in epoch milliseconds. */
  async function lastDueOf(name: string): Promise<number> {
    return Math.max(...(await rows.runs()).filter((run) => run.name === name).map(({ due_at }) => due_at.getTime()));
  }

  it('a new row is seen within a second', async () => {
    await dueNow('new');
    expect(await spy.came('new')).toBeLessThan(SOON_MS);
  });

  it('whatever ends the runs of a row ends them within a second', async () => {
    await dueNow('has an hour');
    for (const name of Object.keys(ENDS)) await eachSecond(name);
    await waitUntil('all have run', () => Object.keys(ENDS).every((name) => spy.count(name) > 0));
    const edited = new Map<string, number>();
    for (const [name, sql] of Object.entries(ENDS)) {
      await query(database.url, sql, [name]);
      edited.set(name, Date.now());
    }
    await Promise.all([spy.more('stays', 3), spy.came('new name')]);
    for (const [name, at] of edited) expect([name, (await lastDueOf(name)) < at + 1_000]).toEqual([name, true]);
  });

  it('an interval of an hour that becomes a second fires within two', async () => {
    const interval_id = await rows.interval(3600);
    await rows.task('slow', { interval_id, queue: spy.queue });
    await spy.more('stays');
    const fires = spy.more('slow');
    await query(database.url, 'UPDATE django_celery_beat_intervalschedule SET every = 1 WHERE id = $1', [interval_id]);
    expect(await fires).toBeLessThan(SOON_MS + 1_000);
  });

  it('a table that is emptied sends nothing any more, and what is made in it afterwards is sent', async () => {
    await query(database.url, 'TRUNCATE django_celery_beat_periodictask CASCADE');
    const emptied = Date.now();
    await dueNow('after');
    expect(await spy.came('after')).toBeLessThan(SOON_MS);
    await eachSecond('counts');
    await spy.came('counts', 3);
    expect(await lastDueOf('stays')).toBeLessThan(emptied + 1_000);
  });
});
