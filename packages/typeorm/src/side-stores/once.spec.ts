import type { ResultBackend } from '@nestjs-celery/core';
import { adapterDeps, FakeClock } from '@nestjs-celery/core/testing';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import { typeormResults } from '../index.js';

const HOUR = 3_600_000;

describe('Tasks of beat that have begun, in PostgreSQL,', () => {
  let database: OwnDatabase;
  let backend: ResultBackend;
  const clock = new FakeClock('2026-03-01T00:00:00Z');
  beforeAll(async () => {
    database = await createOwnDatabase();
    backend = typeormResults({ url: database.url })(adapterDeps({}, { clock }));
    await backend.connect();
  });
  afterAll(async () => {
    await backend.close();
    await database.drop();
  });

  it('are forgotten after a day, however long results are kept', async () => {
    await backend.once?.first('a');
    await clock.advance(23 * HOUR);
    await backend.once?.first('b');
    await clock.advance(2 * HOUR);
    await backend.deleteExpired(new Date(0));
    expect(await query(database.url, 'SELECT task_id, seen_at FROM nestjs_celery_once')).toEqual([
      { task_id: 'b', seen_at: new Date('2026-03-01T23:00:00Z') },
    ]);
  });

  it('cannot be told when their id is none, and say so', async () => {
    await expect(backend.once?.first('x'.repeat(256))).rejects.toMatchObject({
      code: 'BACKEND_STORE_ERROR',
      message: expect.stringContaining('value too long'),
    });
  });
});
