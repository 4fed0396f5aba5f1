import { ApplicationConfig, ModulesContainer, NestContainer } from '@nestjs/core';

/**
 * The application's modules under a configuration without global enhancers. `APP_GUARD` and its like were written for HTTP
 * requests, and Nest's own `ExternalContextCreator` would run them for tasks too; one that is made from this container
 * sees only what stands on the class and the method.
 */
export class TaskContainer extends NestContainer {
  readonly #modules: ModulesContainer;

  constructor(modules: ModulesContainer) {
    super(new ApplicationConfig());
    this.#modules = modules;
  }

  override getModules(): ModulesContainer {
    return this.#modules;
  }
}
