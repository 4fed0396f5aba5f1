import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, Type } from '@nestjs/common';
import type { CeleryApp } from '@nestjs-celery/core';
import type { Celery } from './celery.js';
import { ConfigurableModuleClass, OWN_APP } from './celery.module-definition.js';
import { getCeleryToken, getTasksToken } from './tokens.js';

/** Holds the `Tasks<T>` that one module asked for. */
@Module({})
class CeleryFeatureModule {}

/**
 * The client side of Celery: `forRoot` connects an app, `forFeature` gives a module the typed tasks of some classes.
 * Loads neither worker nor beat.
 */
@Module({})
export class CeleryModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  readonly #app: CeleryApp;

  constructor(@Inject(OWN_APP) app: CeleryApp) {
    super();
    this.#app = app;
  }

  /** Makes `@InjectTasks(Class)` work in the importing module. The classes are read, never instantiated. */
  static forFeature(hosts: readonly Type[], { app }: { app?: string } = {}): DynamicModule {
    return {
      module: CeleryFeatureModule,
      providers: hosts.map((host) => ({
        provide: getTasksToken(host, app),
        useFactory: (celery: Celery) => celery.tasks(host),
        inject: [getCeleryToken(app)],
      })),
      exports: hosts.map((host) => getTasksToken(host, app)),
    };
  }

  /** The last hook: workers have drained in `beforeApplicationShutdown`. */
  async onApplicationShutdown(): Promise<void> {
    await this.#app.close();
  }
}
