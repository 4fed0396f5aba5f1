import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { VERSION } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { Beat, beatBanner, defaultEntries, Scheduler, StaticScheduleStore } from '@nestjs-celery/core/beat';
import type { ScheduleDefinition, SendEntry } from '@nestjs-celery/core/beat';
import { findApp } from '../discovery/find-app.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import type { TaskDeclaration } from '../discovery/task-metadata.js';

/** How beat runs; times in seconds. */
export interface BeatOptions {
  /** Longest sleep in seconds. @default `beatMaxLoopInterval` */
  maxInterval?: number;
}

export interface BeatAndBanner {
  readonly beat: Beat;
  /** What Celery's beat prints at its start. */
  readonly banner: string;
}

/** Builds the beat of an app from `beatSchedule` and every `@Periodic`, of providers and of classes in `forFeature`. */
@Injectable()
export class BeatFactory {
  readonly #explorer: TaskExplorer;
  readonly #moduleRef: ModuleRef;

  constructor(explorer: TaskExplorer, moduleRef: ModuleRef) {
    this.#explorer = explorer;
    this.#moduleRef = moduleRef;
  }

  /**
   * @param options `embedded`: it shares the process of a worker, `-B`
   * @throws ImproperlyConfigured for an entry that cannot be used, or two of one name.
   */
  create(appName: string, options: BeatOptions & { embedded?: boolean } = {}, logLevel = 'WARNING'): BeatAndBanner {
    const app = findApp(this.#moduleRef, appName);
    const { config, clock, logger } = app;
    const tasks = this.#explorer.declared(appName);
    const store = new StaticScheduleStore(config, [...defaultEntries(config), ...tasks.flatMap(definitions)]);
    const scheduler = new Scheduler({ store, send: sender(app, tasks), logger });
    const maxInterval = options.maxInterval ?? config.beatMaxLoopInterval;
    const banner = beatBanner({
      version: VERSION,
      startedAt: clock.now(),
      timezone: config.timezone,
      broker: app.broker.safeUrl,
      scheduler: 'configuration',
      logLevel,
      maxInterval,
    });
    const { embedded = false } = options;
    const { signals } = app;
    return { beat: new Beat({ scheduler, clock, logger, maxInterval, signals, embedded }), banner };
  }
}

function definitions({ name, periodic }: TaskDeclaration): ScheduleDefinition[] {
  return periodic.map((entry) => ({ ...entry, task: name }));
}

/** A task of this application is sent with its own options, as its caller would; any other by name alone. */
function sender(app: CeleryApp, tasks: readonly TaskDeclaration[]): SendEntry {
  const known = new Map(tasks.map(({ name, options }) => [name, options]));
  return ({ name, task, args, kwargs, options }) =>
    app.sendTask(task, args, { ...options, kwargs, periodicTaskName: name }, known.get(task));
}
