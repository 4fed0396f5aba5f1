import { ApplicationConfig, ExternalContextCreator } from '@nestjs/core';
import type { ModulesContainer } from '@nestjs/core';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import type { Refusals } from './refusals.js';
import { TaskContainer } from './task-container.js';
import { TaskFilterContext } from './task-filter-context.js';

/**
 * Nest's own maker of execution contexts, with three differences: what guards and pipes refuse is remembered, no filter sees
 * a retry, and the global enhancers are those of `config`, by default none. `APP_GUARD` and its like were written for requests, and a maker that is
 * injected would run them for tasks, too.
 */
export function createTaskContexts(
  modules: ModulesContainer,
  refusals: Refusals,
  config = new ApplicationConfig(),
): ExternalContextCreator {
  const container = new TaskContainer(modules);
  return new ExternalContextCreator(
    new GuardsContextCreator(container, config),
    refusals.guards,
    new InterceptorsContextCreator(container, config),
    new InterceptorsConsumer(),
    modules,
    new PipesContextCreator(container, config),
    refusals.pipes,
    new TaskFilterContext(container, config),
  );
}
