import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Celery } from './celery.js';
import { ConfigurableModuleClass } from './celery.module-definition.js';
import { FeatureHosts } from './discovery/feature-hosts.js';
import { DEFAULT_APP, getCeleryToken, getTasksToken } from './tokens.js';

/**
 * The client side of Celery: `forRoot` connects an app, `forFeature` gives a module the typed tasks of some classes.
 * Loads neither worker nor beat.
 */
@Module({ imports: [DiscoveryModule] })
export class CeleryModule extends ConfigurableModuleClass {
  /** Makes `@InjectTasks(Class)` work in the importing module, and beat know the class's `@Periodic`. The classes are read, never instantiated. */
  static forFeature(hosts: readonly Type[], { app = DEFAULT_APP }: { app?: string } = {}): DynamicModule {
    const tasks = hosts.map((host) => ({
      provide: getTasksToken(host, app),
      useFactory: (celery: Celery) => celery.tasks(host),
      inject: [getCeleryToken(app)],
    }));
    return {
      module: CeleryModule,
      providers: [...tasks, { provide: FeatureHosts, useValue: new FeatureHosts(hosts, app) }],
      exports: tasks.map(({ provide }) => provide),
    };
  }
}
