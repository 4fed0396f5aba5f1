import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import type { AdapterDeps } from '../app/adapter.js';
import { silentLogger } from '../contracts/logger.js';
import { systemClock } from '../time/system-clock.js';

/** What an adapter is made with, outside of an app: these options, the real clock, nothing to look up, no log. */
export function adapterDeps(options: CeleryOptions = {}, replaced: Partial<AdapterDeps> = {}): AdapterDeps {
  const resolve = (token: unknown): never => {
    throw new Error(`There is no application here to look ${String(token)} up in.`);
  };
  return { config: compileConfig(options), clock: systemClock, logger: silentLogger, resolve, ...replaced };
}
