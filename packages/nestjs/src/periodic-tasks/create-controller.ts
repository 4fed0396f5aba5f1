import { Controller, Inject, UseGuards } from '@nestjs/common';
import type { CanActivate, InjectionToken, Type } from '@nestjs/common';
import { DEFAULT_APP } from '../tokens.js';
import { PeriodicTasksController } from './periodic-tasks.controller.js';

interface Mounting {
  readonly app: string;
  readonly service: InjectionToken;
  readonly path: string;
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
}

/** The controller of one module: a class of its own, as path and guards are metadata of a class. */
export function createController({ app, service, path, guards }: Mounting): Type<PeriodicTasksController> {
  class MountedController extends PeriodicTasksController {}
  Object.defineProperty(MountedController, 'name', { value: controllerName(app) });
  Inject(service)(MountedController, undefined, 0);
  Controller(path)(MountedController);
  UseGuards(...guards)(MountedController);
  return MountedController;
}

/** Logs, traces and OpenAPI tell controllers apart by it. */
function controllerName(app: string): string {
  const prefix = app === DEFAULT_APP ? '' : app.charAt(0).toUpperCase() + app.slice(1);
  return `${prefix}PeriodicTasksController`;
}
