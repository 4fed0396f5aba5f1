import { DataSource } from 'typeorm';
import { databaseUrl } from '../../../test/support/servers.js';
import { startProxy } from '../../../test/support/tcp-proxy.js';
import { withAnswerTimeout } from './answer-timeout.js';
import { inTransaction, poolOf } from './pg-driver.js';

const ONE = { text: 'SELECT 1 AS one', values: [] };

describe('withAnswerTimeout', () => {
  let dataSource: DataSource;
  afterEach(() => dataSource.destroy());

  /** A pool on a link that can be broken. */
  async function open(limit: number) {
    const proxy = await startProxy(databaseUrl());
    const url = Object.assign(new URL(databaseUrl()), { host: proxy.address }).href;
    dataSource = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
    return { proxy, pool: withAnswerTimeout(poolOf(dataSource), limit) };
  }

  it('gives up a connection on which nobody answers any more, and the next statement has another', async () => {
    const { proxy, pool } = await open(200);
    expect((await pool.query(ONE)).rows).toEqual([{ one: 1 }]);
    proxy.freeze();
    await expect(pool.query(ONE)).rejects.toThrow('Query read timeout');
    expect((await pool.query(ONE)).rows).toEqual([{ one: 1 }]);
  });

  it('holds in a transaction, too', async () => {
    const { proxy, pool } = await open(200);
    const broken = inTransaction(pool, (session) => {
      proxy.freeze();
      return session.query(ONE);
    });
    await expect(broken).rejects.toThrow('Query read timeout');
    expect((await inTransaction(pool, (session) => session.query(ONE))).rows).toEqual([{ one: 1 }]);
  });
});
