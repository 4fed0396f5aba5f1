import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleOwners } from '../discovery/schedule-owners.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { periodicTasksMetadata } from './periodic-tasks.module-definition.js';
import type { PeriodicTasksModuleOptions } from './periodic-tasks.module-definition.js';

/**
 * The service `PeriodicTasks` of an app, and a REST controller over it: `PeriodicTasksModule.forRoot({ guards: [AdminGuard] })` mounts it at
 * `/periodic-tasks`. Loads neither worker nor beat. The admin of django-celery-beat.
 */
@Module({ imports: [DiscoveryModule], providers: [TaskExplorer, ScheduleOwners] })
export class PeriodicTasksModule {
  /** @throws ImproperlyConfigured when the controller would be mounted and nobody has said by what it is guarded */
  static forRoot(options: PeriodicTasksModuleOptions = {}): DynamicModule {
    return { module: PeriodicTasksModule, ...periodicTasksMetadata(options) };
  }
}
