import { NestContainer } from '@nestjs/core';
import type { ModulesContainer } from '@nestjs/core';

/** The application's modules, for those of Nest's makers that look for enhancers in a container: the real one is not to be had. */
export class TaskContainer extends NestContainer {
  readonly #modules: ModulesContainer;

  constructor(modules: ModulesContainer) {
    super();
    this.#modules = modules;
  }

  override getModules(): ModulesContainer {
    return this.#modules;
  }
}
