import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { LoginMethod } from './amqp-options.js';
import type { TlsSource } from './amqp-server.js';

/** What the query of a broker URL says. */
export interface UrlOptions {
  heartbeat?: number;
  connectionTimeout?: number;
  loginMethod?: LoginMethod;
  /** Given when the query asks for TLS or says anything about it. */
  tls?: { -readonly [K in keyof TlsSource]: TlsSource[K] };
}

type Reader = (options: UrlOptions, value: string, name: string) => void;

const tls =
  (set: (source: NonNullable<UrlOptions['tls']>, value: string) => void): Reader =>
  (options, value) =>
    set((options.tls ??= {}), value);

const caFile = tls((source, file) => (source.caFile = file));
const certFile = tls((source, file) => (source.certFile = file));
const keyFile = tls((source, file) => (source.keyFile = file));
const verify: Reader = (options, value, name) => {
  const on = ['verify_peer', 'required', 'cert_required'].includes(value.toLowerCase());
  const off = ['verify_none', 'none', 'cert_none'].includes(value.toLowerCase());
  if (!on && !off) throw wrong(name, 'verify_peer or verify_none');
  (options.tls ??= {}).rejectUnauthorized = on;
};
const loginMethod: Reader = (options, value, name) => {
  const method = value.toUpperCase();
  if (method !== 'PLAIN' && method !== 'AMQPLAIN' && method !== 'EXTERNAL')
    throw wrong(name, 'PLAIN, AMQPLAIN or EXTERNAL');
  options.loginMethod = method;
};

/** kombu's names, and those of RabbitMQ's URI specification. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['heartbeat', (options, value, name) => (options.heartbeat = number(value, name))],
  ['connect_timeout', (options, value, name) => (options.connectionTimeout = number(value, name))],
  ['connection_timeout', (options, value, name) => (options.connectionTimeout = number(value, name) / 1000)],
  ['login_method', loginMethod],
  ['auth_mechanism', loginMethod],
  ['ssl', readSsl],
  ['ssl_ca_certs', caFile],
  ['cacertfile', caFile],
  ['ssl_certfile', certFile],
  ['certfile', certFile],
  ['ssl_keyfile', keyFile],
  ['keyfile', keyFile],
  ['ssl_cert_reqs', verify],
  ['verify', verify],
  ['server_name_indication', tls((source, name) => (source.servername = name))],
]);

/** Reads the query. `connect_timeout` is in seconds (kombu), `connection_timeout` in milliseconds (RabbitMQ). @throws ImproperlyConfigured */
export function readUrlOptions(query: URLSearchParams): UrlOptions {
  const options: UrlOptions = {};
  for (const [name, value] of query) {
    const read = READERS.get(name);
    if (!read) {
      throw new ImproperlyConfigured(
        `Unknown option '${name}' in the broker URL. Known: ${[...READERS.keys()].join(', ')}.`,
      );
    }
    read(options, value, name);
  }
  return options;
}

function readSsl(options: UrlOptions, value: string, name: string): void {
  if (!/^(true|false|1|0)$/i.test(value)) throw wrong(name, 'true or false');
  if (/^(true|1)$/i.test(value)) options.tls ??= {};
}

function number(value: string, name: string): number {
  const result = Number(value);
  if (value.trim() === '' || !(result >= 0)) throw wrong(name, 'a number');
  return result;
}

const wrong = (name: string, expected: string) =>
  new ImproperlyConfigured(`'${name}' in the broker URL must be ${expected}.`);
