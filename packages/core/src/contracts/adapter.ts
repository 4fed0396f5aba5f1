import type { CompiledConfig } from '../app/compiled-config.js';
import type { Clock } from './clock.js';
import type { Logger } from './logger.js';

export interface AdapterDeps {
  config: CompiledConfig;
  clock: Clock;
  logger: Logger;
  /** Looks something up in the application (a DataSource by its token); throws when the application has no such thing. */
  resolve(token: unknown): unknown;
}

/** How a broker, a result backend or a schedule store is made: it may look things up without `nestjs` importing it. */
export type AdapterFactory<T> = (deps: AdapterDeps) => T;
