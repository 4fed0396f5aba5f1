import type { CanActivate, DynamicModule, ModuleMetadata, Type } from '@nestjs/common';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { DEFAULT_APP } from '../tokens.js';
import { createController } from './create-controller.js';
import { periodicTasksProvider } from './periodic-tasks.provider.js';
import { schedulesCheckProvider } from './schedules-check.js';

/** What `PeriodicTasksModule.forRoot` takes. */
export interface PeriodicTasksModuleOptions {
  /** Whose periodic tasks they are. @default 'default' */
  app?: string;
  /** Mount the REST controller; off: only the service is provided. @default true */
  controllers?: boolean;
  /** Where it is mounted. @default 'periodic-tasks' */
  path?: string;
  /**
   * Guards of the controller, classes or instances. Whoever passes them may have any task of yours run, so they have to be named:
   * `[]` mounts it without, for where global guards stand.
   */
  guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Modules that export what the guards need. @default none */
  imports?: ModuleMetadata['imports'];
  /** Every module sees the service without importing. @default false */
  isGlobal?: boolean;
}

/** What the options add to the module. A controller's path and guards have to be known when its class is made, so nothing of it is async. */
export function periodicTasksMetadata(options: PeriodicTasksModuleOptions): Omit<DynamicModule, 'module'> {
  const { app = DEFAULT_APP, controllers = true, path = 'periodic-tasks', isGlobal = false, imports = [] } = options;
  const service = periodicTasksProvider(app);
  return {
    global: isGlobal,
    imports,
    providers: [service, schedulesCheckProvider(app)],
    controllers: controllers
      ? [createController({ app, service: service.provide, path, guards: guardsOf(options) })]
      : [],
    exports: [service.provide],
  };
}

function guardsOf({ guards }: PeriodicTasksModuleOptions): readonly (Type<CanActivate> | CanActivate)[] {
  if (guards) return guards;
  throw new ImproperlyConfigured(
    'PeriodicTasksModule.forRoot(): without guards everybody who reaches the application could have its tasks run. Give ' +
      'guards: [YourGuard]; guards: [] to mount it without, behind global guards; or controllers: false for the service alone.',
  );
}
