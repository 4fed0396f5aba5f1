import { amqp } from '@nestjs-celery/amqp';
import { CeleryApp, compileConfig, silentLogger, systemClock } from '@nestjs-celery/core';
import type { CeleryOptions } from '@nestjs-celery/core';
import { typeormResults } from '@nestjs-celery/typeorm';
import { amqpUrl } from './servers.js';

const clients = new Set<CeleryApp>();

afterAll(async () => {
  await Promise.all([...clients].map((client) => client.close()));
});

/** Our client on the servers of the test run; closed with the spec. */
export function celeryClient(
  databaseUrl: string,
  { broker: url = amqpUrl(), ...options }: CeleryOptions & { broker?: string } = {},
): CeleryApp {
  const config = compileConfig({ resultExtended: true, ...options });
  const deps = { config, clock: systemClock, logger: silentLogger, resolve: noInjection };
  const broker = amqp(url)(deps);
  const backend = typeormResults({ url: databaseUrl })(deps);
  const client = new CeleryApp({ config, broker, backend });
  clients.add(client);
  return client;
}

function noInjection(token: unknown): never {
  throw new Error(`Nothing is injected here, so ${String(token)} cannot be had.`);
}
