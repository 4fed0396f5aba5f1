import { Inject } from '@nestjs/common';
import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { CeleryApp, ScheduleDatabase, TaskOptions } from '@nestjs-celery/core';
import { PeriodicTasks } from '@nestjs-celery/core/periodic-tasks';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { DEFAULT_APP, getCeleryAppToken, getScheduleDatabaseToken } from '../tokens.js';

/** Token of the `PeriodicTasks` of an app; for the unnamed app it is the class itself. */
export function getPeriodicTasksToken(app = DEFAULT_APP): InjectionToken<PeriodicTasks> {
  return app === DEFAULT_APP ? PeriodicTasks : Symbol.for(`nestjs-celery:periodic-tasks:${app}`);
}

/** Injects the `PeriodicTasks` of a named app. */
export function InjectPeriodicTasks(app?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPeriodicTasksToken(app));
}

/** The service of an app, over the database that its beat reads. */
export function periodicTasksProvider(app: string): FactoryProvider<PeriodicTasks> {
  return {
    provide: getPeriodicTasksToken(app),
    useFactory: (client: CeleryApp, explorer: TaskExplorer, database?: ScheduleDatabase) => {
      if (!database) throw new ImproperlyConfigured(noDatabase(app));
      return new PeriodicTasks({ app: client, database, optionsOf: optionsByName(explorer, app) });
    },
    inject: [getCeleryAppToken(app), TaskExplorer, { token: getScheduleDatabaseToken(app), optional: true }],
  };
}

/** A task of this application is sent with its own options, as its caller would. Asked when all modules are there. */
function optionsByName(explorer: TaskExplorer, app: string): (task: string) => TaskOptions | undefined {
  let known: ReadonlyMap<string, TaskOptions> | undefined;
  return (task) => {
    known ??= new Map(explorer.declared(app).map(({ name, options }) => [name, options]));
    return known.get(task);
  };
}

function noDatabase(app: string): string {
  return (
    `PeriodicTasks: the app '${app}' keeps its schedules in no database, so there is nothing to edit. Give CeleryModule.forRoot ` +
    "resultBackend: 'postgres://…', or beatScheduler: typeormSchedules({ url: 'postgres://…' }); to try it, beatScheduler: 'memory'."
  );
}
