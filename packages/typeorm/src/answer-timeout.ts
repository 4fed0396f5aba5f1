import type { LimitedQuery, PgPool, PgQuery } from './pg-driver.js';

/**
 * The pool, with a limit in milliseconds for the answer to each statement: a server that vanished without a word, as one that lost its power,
 * leaves connections that nobody answers on, and whoever asks there would wait for ever. After the limit the connection is given up.
 */
export function withAnswerTimeout(pool: PgPool, milliseconds: number): PgPool {
  const limited = (query: PgQuery): LimitedQuery => ({ ...query, query_timeout: milliseconds });
  return {
    options: pool.options,
    Client: pool.Client,
    query: (query) => pool.query(limited(query)),
    connect: async () => {
      const session = await pool.connect();
      return {
        query: (query) => session.query(limited(query)),
        release: (error) => session.release(error),
      };
    },
  };
}
