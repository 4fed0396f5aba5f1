import { credentials } from 'amqplib';
import type { Clock } from '@nestjs-celery/core';
import type { AmqpServer } from './amqp-server.js';
import { tlsSettings } from './tls-settings.js';

export interface ConnectionSettings {
  /** Shown by RabbitMQ's management. */
  name: string;
  /** Seconds, where the URL does not say. */
  heartbeat: number;
  connectionTimeout: number;
  /** Seconds that the broker may take to answer a request. */
  requestTimeout: number;
  clock: Clock;
}

/** Where to connect to, as amqplib wants it. */
export function address(server: AmqpServer, settings: ConnectionSettings) {
  return {
    protocol: server.tls ? 'amqps' : 'amqp',
    hostname: server.host,
    port: server.port,
    username: server.username,
    password: server.password,
    // amqplib decodes it once more.
    vhost: encodeURIComponent(server.vhost),
    heartbeat: server.heartbeat ?? settings.heartbeat,
    frameMax: 131_072,
  };
}

/** How to connect, as amqplib wants it. @throws ImproperlyConfigured for a TLS file that cannot be read */
export function socketOptions(server: AmqpServer, settings: ConnectionSettings) {
  return {
    noDelay: true,
    keepAlive: true,
    timeout: Math.ceil((server.connectionTimeout ?? settings.connectionTimeout) * 1000),
    credentials: login(server),
    clientProperties: { connection_name: settings.name },
    ...(server.tls ? tlsSettings(server.tls) : {}),
  };
}

function login({ loginMethod, username, password }: AmqpServer) {
  switch (loginMethod) {
    case 'EXTERNAL':
      return credentials.external();
    case 'AMQPLAIN':
      return credentials.amqplain(username, password);
    case 'PLAIN':
      return credentials.plain(username, password);
  }
}
