import type { CompiledConfig } from './compiled-config.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';

export interface AdapterDeps {
  config: CompiledConfig;
  clock: Clock;
  logger: Logger;
  /** Looks something up in the application (a DataSource by its token); throws when the application has no such thing. */
  resolve(token: unknown): unknown;
}

/** How a broker, a result backend or a schedule store is made: it may look things up without `nestjs` importing it. */
export type AdapterFactory<T> = (deps: AdapterDeps) => T;
