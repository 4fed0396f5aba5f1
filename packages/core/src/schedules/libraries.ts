import { createRequire } from 'node:module';
import type * as CronParser from 'cron-parser';
import type * as SunCalc from 'suncalc';

const load = createRequire(import.meta.url);

/** Loaded by the first `cron()`: who has none pays nothing. */
export function cronParser(): typeof CronParser {
  return load('cron-parser') as typeof CronParser;
}

/** Loaded by the first `solar()`. */
export function sunCalc(): typeof SunCalc {
  return load('suncalc') as typeof SunCalc;
}
