import type { Clock } from '../../contracts/clock.js';
import type { Pool } from '../../contracts/pool.js';
import { ImproperlyConfigured } from '../../errors/config-errors.js';
import type { Trace } from '../trace.js';
import { AsyncPool } from './async-pool.js';

/** Celery's names of the pools that run on an event loop are names of ours. */
const ALIASES: Readonly<Record<string, 'async' | 'solo'>> = {
  async: 'async',
  solo: 'solo',
  eventlet: 'async',
  gevent: 'async',
};

/** @throws ImproperlyConfigured for a name that is no pool, or one of Celery's that does not exist here */
export function createPool(name: string, concurrency: number, trace: Trace, clock: Clock): Pool {
  const kind = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  if (kind === undefined) {
    throw new ImproperlyConfigured(`There is no pool '${name}': choose one of ${Object.keys(ALIASES).join(', ')}.`);
  }
  return new AsyncPool(kind, kind === 'solo' ? 1 : concurrency, trace, clock);
}
