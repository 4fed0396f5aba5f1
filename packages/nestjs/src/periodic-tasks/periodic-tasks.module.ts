import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { ConfigurablePeriodicTasksModule } from './periodic-tasks.module-definition.js';
import type { PeriodicTasksModuleOptions } from './periodic-tasks.module-definition.js';

/**
 * The service `PeriodicTasks` of an app, and a REST controller over it: `PeriodicTasksModule.forRoot({ guards: [AdminGuard] })` mounts it at
 * `/periodic-tasks`. Loads neither worker nor beat. The admin of django-celery-beat.
 */
@Module({ imports: [DiscoveryModule], providers: [TaskExplorer] })
export class PeriodicTasksModule extends ConfigurablePeriodicTasksModule {
  /** @throws ImproperlyConfigured when the controller would be mounted and nobody has said by what it is guarded */
  static override forRoot(options: PeriodicTasksModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
