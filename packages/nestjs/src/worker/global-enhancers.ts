import { ModuleRef } from '@nestjs/core';
import type { ApplicationConfig } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { ProviderWrapper } from '../discovery/provider-wrapper.js';
import type { ContextId } from './run-scope.js';

/** The application's global enhancers, as they stand when the worker is built: before `listen()` or `init()`. */
export class GlobalEnhancers {
  readonly filters: boolean;
  /** There is one at all. */
  readonly any: boolean;
  /** Those with request scope. */
  readonly #scoped: readonly ProviderWrapper[];

  /** @throws ImproperlyConfigured for a transient one: Nest makes those for controllers only */
  constructor(config: ApplicationConfig) {
    const scopedFilters = config.getGlobalRequestFilters();
    this.#scoped = [
      ...config.getGlobalRequestGuards(),
      ...config.getGlobalRequestInterceptors(),
      ...config.getGlobalRequestPipes(),
      ...scopedFilters,
    ];
    this.#scoped.forEach(refuseTransient);
    this.filters = config.getGlobalFilters().length + scopedFilters.length > 0;
    const others = [config.getGlobalGuards(), config.getGlobalInterceptors(), config.getGlobalPipes()];
    this.any = this.filters || this.#scoped.length > 0 || others.some(({ length }) => length > 0);
  }

  /** Each run makes its own. */
  get perRun(): boolean {
    return this.#scoped.length > 0;
  }

  /** Makes those with request scope for one run, where Nest then finds them. */
  async load(contextId: ContextId): Promise<void> {
    for (const { host, token } of this.#scoped) {
      const moduleRef = host?.getProviderByKey(ModuleRef)?.instance as ModuleRef;
      await moduleRef.resolve(token as string, contextId, { strict: true });
    }
  }
}

function refuseTransient({ isTransient, metatype, name }: ProviderWrapper): void {
  if (!isTransient) return;
  throw new ImproperlyConfigured(
    `applyGlobalEnhancers: the global enhancer ${metatype?.name ?? String(name)} is transient and would not run for tasks. ` +
      'Give it the default scope or request scope.',
  );
}
