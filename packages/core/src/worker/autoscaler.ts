import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { Cancel, Clock } from '../contracts/clock.js';
import type { Pool } from '../contracts/pool.js';
import type { WorkerLog } from './worker-log.js';
import { fromNow } from '../time/from-now.js';

/** Bounds of a pool's size. Celery's `--autoscale=max,min`. */
export interface Autoscale {
  readonly max: number;
  readonly min: number;
}

export interface AutoscalerDeps {
  readonly bounds: Autoscale;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Tasks that run or could. */
  demand(): number;
}

/** Milliseconds between two looks, and since the last growth before the pool shrinks: Celery's `AUTOSCALE_KEEPALIVE`. */
const EVERY_MS = 1000;
const KEEPALIVE_MS = 30_000;

/** Grows the pool at once to what is to be done, and shrinks it when that has been less for a while. Celery's `Autoscaler`. */
export class Autoscaler {
  #lastGrowth = -Infinity;
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(private readonly deps: AutoscalerDeps) {}

  /** Does nothing after `stop()`. */
  start(): void {
    if (this.#stopped) return;
    const { clock } = this.deps;
    this.#cancel = clock.at(fromNow(clock, EVERY_MS), () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Also called for each message that arrives. */
  look(): void {
    const { bounds, pool, clock, log, demand } = this.deps;
    const wanted = Math.max(bounds.min, Math.min(demand(), bounds.max));
    if (wanted > pool.size) {
      this.#lastGrowth = clock.monotonic();
      log.say('INFO', `Scaling up ${wanted - pool.size} processes.`);
      pool.resize(wanted);
    } else if (wanted < pool.size && clock.monotonic() - this.#lastGrowth > KEEPALIVE_MS) {
      log.say('INFO', `Scaling down ${pool.size - wanted} processes.`);
      pool.resize(wanted);
    }
  }
}

/** `10,3` or `10`: at most ten, at least three, or none given: one. Celery's minimum then is 0, which ours cannot be. @throws ImproperlyConfigured */
export function parseAutoscale(text: string | undefined): Autoscale | undefined {
  if (text === undefined) return undefined;
  const [max, min = 1, ...more] = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  return checkAutoscale({ max: max ?? NaN, min: more.length > 0 ? NaN : Math.max(1, min) }, `--autoscale '${text}'`);
}

/** @throws ImproperlyConfigured when they are no bounds */
export function checkAutoscale(bounds: Autoscale, what: string): Autoscale {
  const { max, min } = bounds;
  if (Number.isSafeInteger(max) && Number.isSafeInteger(min) && min >= 1 && max >= min) return bounds;
  throw new ImproperlyConfigured(`${what}: give the most and the least tasks at a time, such as 10,3.`);
}
