import type { AmqpServer } from './amqp-server.js';

/** The URL of a broker as it may stand in logs: with the user, without the password. */
export function safeUrl({ host, port, username, vhost, tls }: AmqpServer): string {
  const user = username === '' ? '' : `${encodeURIComponent(username)}:**@`;
  const path = vhost === '/' ? '/' : encodeURIComponent(vhost);
  return `${tls ? 'amqps' : 'amqp'}://${user}${host.includes(':') ? `[${host}]` : host}:${port}/${path}`;
}
