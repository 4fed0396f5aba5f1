import { Controller, Inject, UseGuards } from '@nestjs/common';
import type { CanActivate, InjectionToken, Type } from '@nestjs/common';
import { PeriodicTasksController } from './periodic-tasks.controller.js';

/** The controller of one module: a class of its own, as path and guards are metadata of a class. */
export function createController(
  service: InjectionToken,
  path: string,
  guards: readonly (Type<CanActivate> | CanActivate)[],
): Type<PeriodicTasksController> {
  class MountedPeriodicTasksController extends PeriodicTasksController {}
  Inject(service)(MountedPeriodicTasksController, undefined, 0);
  Controller(path)(MountedPeriodicTasksController);
  UseGuards(...guards)(MountedPeriodicTasksController);
  return MountedPeriodicTasksController;
}
