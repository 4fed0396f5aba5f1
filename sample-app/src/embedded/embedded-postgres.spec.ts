import { adapterDeps, describeResultBackend } from '@nestjs-celery/core/testing';
import { typeormResults } from '@nestjs-celery/typeorm';
import { DataSource } from 'typeorm';
import { embeddedPostgres } from './index.js';
import type { EmbeddedPostgres } from './index.js';

let postgres: EmbeddedPostgres;
let dataSource: DataSource;
beforeAll(async () => {
  postgres = await embeddedPostgres();
  dataSource = await new DataSource({ type: 'postgres', driver: postgres, installExtensions: false }).initialize();
  await dataSource.query('CREATE TABLE note (id int PRIMARY KEY, text text)');
}, 60_000);
afterEach(() => dataSource.query('DELETE FROM note'));
afterAll(async () => {
  await dataSource.destroy();
  await postgres.close();
});

const notes = async (): Promise<string[]> => {
  const rows: { text: string }[] = await dataSource.query('SELECT text FROM note ORDER BY id');
  return rows.map(({ text }) => text);
};
const save = (id: number, text: string): Promise<unknown> =>
  dataSource.query('INSERT INTO note (id, text) VALUES ($1, $2)', [id, text]);

describe('the embedded PostgreSQL under TypeORM', () => {
  it('undoes an insert that is rolled back', async () => {
    const failing = dataSource.transaction(async (manager) => {
      await manager.query(`INSERT INTO note VALUES (1, 'gone')`);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await notes()).toEqual([]);
  });

  it('lets a concurrent save wait for the end of a transaction, and loses neither', async () => {
    const done: string[] = [];
    let saved: Promise<unknown> = Promise.resolve();
    await dataSource.transaction(async (manager) => {
      await manager.query(`INSERT INTO note VALUES (1, 'within')`);
      saved = save(2, 'beside').then(() => done.push('beside'));
      for (let n = 0; n < 5; n++) await manager.query('SELECT 1');
      done.push('within');
    });
    await saved;
    expect(done).toEqual(['within', 'beside']);
    expect(await notes()).toEqual(['within', 'beside']);
  });

  it('keeps a save that waited when the transaction is rolled back', async () => {
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    await queryRunner.query(`INSERT INTO note VALUES (1, 'gone')`);
    const saved = save(2, 'stays');
    await queryRunner.rollbackTransaction();
    await saved;
    await queryRunner.release();
    expect(await notes()).toEqual(['stays']);
  });

  it('undoes what a client did not commit before it left', async () => {
    const client = new postgres.Client();
    await client.connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO note VALUES (1, 'gone')`);
    const saved = save(2, 'stays');
    await client.end();
    await saved;
    expect(await notes()).toEqual(['stays']);
  });

  it('goes on after a statement that failed, with the error of PostgreSQL', async () => {
    await save(1, 'one');
    await expect(save(1, 'again')).rejects.toMatchObject({ code: '23505' });
    await expect(dataSource.query('SELEC')).rejects.toMatchObject({ code: '42601' });
    expect(await notes()).toEqual(['one']);
  });

  it('tells a client of notifications that others send', async () => {
    const client = new postgres.Client();
    await client.connect();
    const told = new Promise((resolve) => client.on('notification', resolve));
    await client.query('LISTEN "news.of day"');
    await dataSource.query(`SELECT pg_notify('news.of day', 'ü')`);
    expect(await told).toMatchObject({ channel: 'news.of day', payload: 'ü' });
    await client.end();
  });

  it('gives the values that pg gives', async () => {
    const [row] = await dataSource.query(
      `SELECT $1::timestamptz AS date, 9007199254740993::int8 AS big, 1.10::numeric AS exact, '{"a":1}'::jsonb AS json,
              '\\x00ff'::bytea AS bytes, ARRAY['a', NULL] AS list, true AS yes`,
      [new Date('2026-01-01T00:00:00Z')],
    );
    expect(row).toEqual({
      date: new Date('2026-01-01T00:00:00Z'),
      big: '9007199254740993',
      exact: '1.10',
      json: { a: 1 },
      bytes: Buffer.from([0, 255]),
      list: ['a', null],
      yes: true,
    });
  });
});

describeResultBackend('the embedded PostgreSQL', (settings) => typeormResults({ dataSource })(adapterDeps(settings)));
