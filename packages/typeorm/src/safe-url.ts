import type { DataSource } from 'typeorm';

/** The address of a database without its password, and without parameters, which may hold one: `postgres://app:**@host:5432/db`. */
export function safeUrl(url: string): string {
  if (!URL.canParse(url)) return `${/^\w+(?=:)/.exec(url)?.[0] ?? 'postgres'}://(not a valid URL)`;
  const { protocol, username, password, host, pathname } = new URL(url);
  const secret = password === '' ? '' : ':**';
  const user = username === '' ? '' : `${username}${secret}@`;
  return `${protocol}//${user}${host}${pathname}`;
}

/** The same for the application's own DataSource. */
export function safeUrlOf(dataSource: DataSource): string {
  const { options } = dataSource;
  if (options.type !== 'postgres') return `${options.type}://`;
  const { url, host, port, username, database } = options.replication?.master ?? options;
  if (url !== undefined) return safeUrl(url);
  const user = username === undefined ? '' : `${username}@`;
  const server = host ?? (options.driver ? '(driver)' : 'localhost');
  return `postgres://${user}${server}${port === undefined ? '' : `:${port}`}/${database ?? ''}`;
}
