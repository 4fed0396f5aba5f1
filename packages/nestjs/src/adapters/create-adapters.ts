import type { ModuleRef } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { AdapterDeps, Broker, Clock, CompiledConfig, ResultBackend, ScheduleDatabase } from '@nestjs-celery/core';
import { createNestLogger } from '../nest-logger.js';
import type { StandIns } from '../stand-ins.js';
import { loadBroker, loadMemorySchedules, loadResultBackend } from './load-adapter.js';

/** What an app's adapters are made of. */
export type AdapterParts = [config: CompiledConfig, clock: Clock, moduleRef: ModuleRef, instead?: StandIns];

/** @throws ImproperlyConfigured */
export async function createBroker(...parts: AdapterParts): Promise<Broker> {
  const [config, , , instead] = parts;
  const factory = instead?.broker ?? (await loadBroker(config.broker));
  return factory(adapterDeps(parts));
}

/** @throws ImproperlyConfigured */
export async function createResultBackend(...parts: AdapterParts): Promise<ResultBackend | undefined> {
  const [config, , , instead] = parts;
  if (config.resultBackend === undefined) return undefined;
  const factory = instead?.resultBackend ?? (await loadResultBackend(config.resultBackend));
  return factory(adapterDeps(parts));
}

/**
 * Where `beatScheduler` keeps its schedules, not yet opened; undefined: in no database.
 * @param app whose own `memory` is
 * @throws ImproperlyConfigured for 'database' where there is none
 */
export async function createScheduleDatabase(
  app: string,
  backend: ResultBackend | undefined,
  ...parts: AdapterParts
): Promise<ScheduleDatabase | undefined> {
  const [{ beatScheduler }, , , instead] = parts;
  if (instead) return instead.schedules(adapterDeps(parts));
  if (typeof beatScheduler === 'function') return beatScheduler(adapterDeps(parts));
  if (beatScheduler === 'memory') return (await loadMemorySchedules(`memory://${app}`))(adapterDeps(parts));
  if (beatScheduler === 'file') return undefined;
  if (beatScheduler === 'database' && !backend?.schedules) {
    throw new ImproperlyConfigured(
      "beatScheduler is 'database', and the result backend has none for schedules. Give the database itself, " +
        "beatScheduler: typeormSchedules({ url: 'postgres://…' }) of @nestjs-celery/typeorm, or resultBackend: 'postgres://…'.",
    );
  }
  return backend?.schedules;
}

function adapterDeps([config, clock, moduleRef]: AdapterParts): AdapterDeps {
  return {
    config,
    clock,
    logger: createNestLogger(),
    resolve: (token) => moduleRef.get<unknown>(token as never, { strict: false }),
  };
}
