import { askPostgresql, askRabbitmq, askRedis } from './probe.mjs';
import { postgresql } from './local/postgresql.mjs';
import { rabbitmq } from './local/rabbitmq.mjs';
import { redis } from './local/redis.mjs';

/** @typedef {'rabbitmq' | 'postgresql' | 'redis'} ServiceName */

/**
 * @typedef {object} Service
 * @property {ServiceName} name
 * @property {string} title
 * @property {string} variable the environment variable with its URL
 * @property {string} standardUrl the usual port with the usual credentials
 * @property {(url: string) => Promise<void>} ask rejects, with the reason, while the server is not ready for us
 * @property {string} aptPackage
 * @property {import('./local/local-server.mjs').LocalServer} local
 * @property {{ service: string, portVariable: string }} compose its place in docker-compose.yml
 */

/** @type {Service[]} */
export const SERVICES = [
  {
    name: 'rabbitmq',
    title: 'RabbitMQ',
    variable: 'AMQP_URL',
    standardUrl: 'amqp://guest:guest@localhost:5672//',
    ask: askRabbitmq,
    aptPackage: 'rabbitmq-server',
    local: rabbitmq,
    compose: { service: 'rabbitmq', portVariable: 'RABBITMQ_PORT' },
  },
  {
    name: 'postgresql',
    title: 'PostgreSQL',
    variable: 'DATABASE_URL',
    standardUrl: 'postgres://postgres:postgres@localhost:5432/postgres',
    ask: askPostgresql,
    aptPackage: 'postgresql',
    local: postgresql,
    compose: { service: 'postgresql', portVariable: 'POSTGRESQL_PORT' },
  },
  {
    name: 'redis',
    title: 'Redis',
    variable: 'REDIS_URL',
    standardUrl: 'redis://localhost:6379/0',
    ask: askRedis,
    aptPackage: 'redis-server',
    local: redis,
    compose: { service: 'redis', portVariable: 'REDIS_PORT' },
  },
];

/**
 * The standard URL with another port, on the address that everything of ours listens on.
 * @param {Service} service
 * @param {number} port
 */
export function urlAt(service, port) {
  return service.standardUrl.replace(/localhost:\d+/, `127.0.0.1:${port}`);
}

/**
 * A URL as it may be shown: without its password.
 * @param {string} url
 */
export function safeUrl(url) {
  return url.replace(/^([^:]+:\/\/[^:@/]*):.*@/, '$1:***@').replace(/([?&]password=)[^&]*/gi, '$1***');
}
