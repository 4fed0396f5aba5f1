import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { AdapterFactory, Broker, ResultBackend, ScheduleDatabase } from '@nestjs-celery/core';

/** Where the adapter of a URL's scheme lives. Celery's `TRANSPORT_ALIASES` and `BACKEND_ALIASES`. */
interface Adapter {
  readonly package: string;
  readonly create: string;
}

const AMQP: Adapter = { package: '@nestjs-celery/amqp', create: 'createBroker' };
const TYPEORM: Adapter = { package: '@nestjs-celery/typeorm', create: 'createResultBackend' };
const MEMORY = '@nestjs-celery/core/memory';
const MEMORY_SCHEDULES: Adapter = { package: MEMORY, create: 'memorySchedules' };

const BROKERS: ReadonlyMap<string, Adapter> = new Map([
  ['amqp', AMQP],
  ['amqps', AMQP],
  ['pyamqp', AMQP],
  ['memory', { package: MEMORY, create: 'memoryBroker' }],
]);

const BACKENDS: ReadonlyMap<string, Adapter> = new Map([
  ['postgres', TYPEORM],
  ['postgresql', TYPEORM],
  ['django-db', TYPEORM],
  ['memory', { package: MEMORY, create: 'memoryResultBackend' }],
]);

/** Imports a package by name; a test hands in its own. */
export type ImportPackage = (name: string) => Promise<unknown>;

const importPackage: ImportPackage = (name) => import(name) as Promise<unknown>;

/**
 * The factory of the broker that the option names: a URL loads its package, an adapter is taken as it is.
 * @throws ImproperlyConfigured for an unknown scheme, or a package that is not installed.
 */
export async function loadBroker(
  broker: string | readonly string[] | AdapterFactory<Broker>,
  load = importPackage,
): Promise<AdapterFactory<Broker>> {
  if (typeof broker === 'function') return broker;
  // Celery separates the servers of a failover list by semicolons, too.
  const urls = typeof broker === 'string' ? broker.split(';') : broker;
  const [first, ...others] = urls.map((url) => find('broker', url, BROKERS));
  if (!first) throw new ImproperlyConfigured('broker is an empty list: give at least one URL.');
  if (others.some((other) => other !== first)) {
    throw new ImproperlyConfigured('broker lists URLs of different kinds: a failover list is of one kind.');
  }
  return (await open(first, load))(urls.length === 1 ? urls[0] : urls) as AdapterFactory<Broker>;
}

/** The same for results. @throws ImproperlyConfigured */
export async function loadResultBackend(
  backend: string | AdapterFactory<ResultBackend>,
  load = importPackage,
): Promise<AdapterFactory<ResultBackend>> {
  if (typeof backend === 'function') return backend;
  const adapter = find('resultBackend', backend, BACKENDS);
  return (await open(adapter, load))(backend) as AdapterFactory<ResultBackend>;
}

/** Schedules in this process's memory. */
export async function loadMemorySchedules(
  url: string,
  load = importPackage,
): Promise<AdapterFactory<ScheduleDatabase>> {
  return (await open(MEMORY_SCHEDULES, load))(url) as AdapterFactory<ScheduleDatabase>;
}

/** Only the scheme is ever shown: the rest of a URL may hold a password. */
function find(option: string, url: string, known: ReadonlyMap<string, Adapter>): Adapter {
  const scheme = /^([a-z][a-z0-9+.-]*)(?=:\/\/|$)/i.exec(url)?.[1]?.toLowerCase();
  const adapter = known.get(scheme ?? '');
  if (adapter) return adapter;
  const written = scheme === undefined ? 'is no URL' : `has the unknown scheme '${scheme}'`;
  const schemes = [...known.keys()].map((name) => (name === 'django-db' ? name : `${name}://`));
  throw new ImproperlyConfigured(`${option} ${written}. Known are ${schemes.join(', ')}; or hand in an adapter.`);
}

async function open({ package: name, create }: Adapter, load: ImportPackage): Promise<(url: unknown) => unknown> {
  const module = (await load(name).catch((error: unknown) => notInstalled(name, error))) as Record<string, unknown>;
  const factory = module[create];
  if (typeof factory === 'function') return factory as (url: unknown) => unknown;
  throw new ImproperlyConfigured(`${name} has no ${create}(): its version does not fit this one of nestjs-celery.`);
}

/** Only the package's own absence is explained; an error inside it passes. */
function notInstalled(name: string, error: unknown): never {
  const { code, message } = error as { code?: string; message?: string };
  if (!String(code).endsWith('MODULE_NOT_FOUND') || !message?.includes(`'${name}'`)) throw error;
  throw new ImproperlyConfigured(`${name} is not installed. Run: npm install ${name}`, { cause: error });
}
