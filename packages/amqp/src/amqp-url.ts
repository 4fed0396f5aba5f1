import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { AmqpOptions } from './amqp-options.js';
import type { AmqpServer } from './amqp-server.js';
import { readUrlOptions } from './url-options.js';

/** Schemes that mean us; the last two are kombu's names for its own clients. */
const SCHEMES: ReadonlySet<string> = new Set(['amqp:', 'amqps:', 'pyamqp:', 'librabbitmq:']);

/**
 * Reads broker URLs as Celery does: `;` parts a failover list, an empty path and `//` are the vhost `/`,
 * `localhost` is 127.0.0.1, credentials default to guest/guest.
 * @throws ImproperlyConfigured, without the URL, which may hold a password.
 */
export function parseAmqpUrls(urls: string | readonly string[], options: AmqpOptions = {}): AmqpServer[] {
  const texts = (typeof urls === 'string' ? urls.split(';') : urls).map((text) => text.trim()).filter(Boolean);
  if (texts.length === 0)
    throw new ImproperlyConfigured('The broker URL is empty: give amqp://user:password@host:5672/vhost.');
  return texts.map((text) => parseAmqpUrl(text, options));
}

function parseAmqpUrl(text: string, options: AmqpOptions): AmqpServer {
  const url = parse(text);
  const query = readUrlOptions(url.searchParams);
  const tls = url.protocol === 'amqps:' || query.tls ? { ...options.tls, ...query.tls } : undefined;
  const host = decode(url.hostname.replace(/^\[|\]$/g, ''));
  const anonymous = url.username === '' && url.password === '';
  return {
    host: host === '' || host === 'localhost' ? '127.0.0.1' : host,
    port: url.port === '' ? (tls ? 5671 : 5672) : Number(url.port),
    username: anonymous ? 'guest' : decode(url.username),
    password: anonymous ? 'guest' : decode(url.password),
    vhost: decode(url.pathname.replace(/^\//, '')) || '/',
    loginMethod: query.loginMethod ?? options.loginMethod ?? 'PLAIN',
    // The certificate is issued for the name that was asked for, not for the address we make of it.
    tls: tls && host === 'localhost' ? { servername: host, ...tls } : tls,
    heartbeat: query.heartbeat,
    connectionTimeout: query.connectionTimeout,
  };
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw unreadable();
  const url = new URL(text);
  if (SCHEMES.has(url.protocol)) return url;
  throw new ImproperlyConfigured(`A broker URL begins with amqp:// or amqps://, not with ${url.protocol}//.`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadable();
  }
}

/** Says nothing of the URL itself. */
const unreadable = () =>
  new ImproperlyConfigured(
    'The broker URL cannot be read: give amqp://user:password@host:5672/vhost, with / ? # @ : ; % in its parts percent-encoded.',
  );
