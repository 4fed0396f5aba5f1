import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { VERSION } from '@nestjs-celery/core';
import type { CeleryApp, ScheduleDatabase } from '@nestjs-celery/core';
import {
  beatBanner,
  CodeScheduleStore,
  compileDefinitions,
  createBeat,
  DatabaseScheduleStore,
  defaultEntries,
  maxIntervalOf,
  ScheduleFile,
} from '@nestjs-celery/core/beat';
import type { Beat, CompiledDefinition, ScheduleDefinition, ScheduleStore } from '@nestjs-celery/core/beat';
import { scheduleFile } from '../discovery/app-schedules.js';
import { findApp } from '../discovery/find-app.js';
import { ScheduleOwners } from '../discovery/schedule-owners.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import type { TaskDeclaration } from '../discovery/task-metadata.js';
import { getScheduleDatabaseToken } from '../tokens.js';

/** How beat runs; times in seconds. */
export interface BeatOptions {
  /** Longest sleep in seconds. @default `beatMaxLoopInterval`; 0 is that, too */
  maxInterval?: number;
}

/** What those who make a beat say of it. */
export interface BeatCircumstances extends BeatOptions {
  /** It shares the process of a worker, `-B`. */
  embedded?: boolean;
  /** Milliseconds after which another beat may take its place. @default 10000 */
  leaseMs?: number;
}

export interface BeatAndBanner {
  readonly beat: Beat;
  /** What Celery's beat prints at its start. */
  readonly banner: string;
}

/**
 * Builds the beat of an app from `beatSchedule`, every `@Periodic` of providers and of classes in `forFeature`, `addPeriodicTask`, and the
 * database or file of `beatScheduler`.
 */
@Injectable()
export class BeatFactory {
  readonly #explorer: TaskExplorer;
  readonly #owners: ScheduleOwners;
  readonly #moduleRef: ModuleRef;

  constructor(explorer: TaskExplorer, owners: ScheduleOwners, moduleRef: ModuleRef) {
    this.#explorer = explorer;
    this.#owners = owners;
    this.#moduleRef = moduleRef;
  }

  /** @throws ImproperlyConfigured for an entry that cannot be used, two of one name, or schedules that another app keeps in the same place. */
  create(appName: string, circumstances: BeatCircumstances = {}, logLevel = 'WARNING'): BeatAndBanner {
    const app = findApp(this.#moduleRef, appName);
    this.#owners.refuseShared(appName);
    const { config, clock } = app;
    const tasks = this.#explorer.declared(appName);
    const known = new Map(tasks.map((task) => [task.name, task.options]));
    const store = this.#store(appName, app, definitionsOf(app, tasks));
    const banner = beatBanner({
      version: VERSION,
      startedAt: clock.now(),
      timezone: config.timezone,
      broker: app.broker.safeUrl,
      scheduler: store.title,
      logLevel,
      maxInterval: maxIntervalOf(app, store, circumstances),
    });
    const { maxInterval, embedded, leaseMs } = circumstances;
    const optionsOf = (task: string) => known.get(task);
    return { beat: createBeat({ app, store, maxInterval, embedded, leaseMs, optionsOf }), banner };
  }

  #store(appName: string, app: CeleryApp, definitions: readonly CompiledDefinition[]): ScheduleStore {
    const { config, clock, logger } = app;
    const token = getScheduleDatabaseToken(appName);
    const database = this.#moduleRef.get<ScheduleDatabase | undefined>(token, { strict: false });
    if (database) return new DatabaseScheduleStore({ database, definitions, config, clock, logger });
    const file = new ScheduleFile(scheduleFile(appName, config), config, logger);
    return new CodeScheduleStore({ definitions, file, syncEvery: config.beatSyncEvery, clock, logger });
  }
}

/** What is added in code replaces an entry of its name, as in Celery. It is read once: what is added later is refused. */
function definitionsOf(app: CeleryApp, tasks: readonly TaskDeclaration[]): readonly CompiledDefinition[] {
  const { config } = app;
  const periodicTasks = app.closePeriodicTasks();
  const added = new Set(periodicTasks.map(({ name }) => name));
  const isLeft = ({ name }: { name: string }) => !added.has(name);
  const configured = Object.entries(config.beatSchedule).filter(([name]) => !added.has(name));
  const declared = [...defaultEntries(config), ...tasks.flatMap(definitions)].filter(isLeft);
  const beatSchedule = Object.fromEntries(configured);
  return compileDefinitions({ beatSchedule, timezone: config.timezone }, [...declared, ...periodicTasks]);
}

function definitions({ name, periodic }: TaskDeclaration): ScheduleDefinition[] {
  return periodic.map((entry) => ({ ...entry, task: name }));
}
