import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as CronParser from 'cron-parser';
import type * as SunCalc from 'suncalc';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { reasonOf } from '../errors/reason-of.js';

/** Loaded by the first `cron()`: who has none pays nothing. @throws ImproperlyConfigured */
export function cronParser(): typeof CronParser {
  return load<typeof CronParser>('cron-parser');
}

/** Loaded by the first `solar()`. @throws ImproperlyConfigured */
export function sunCalc(): typeof SunCalc {
  return load<typeof SunCalc>('suncalc');
}

/**
 * A library from where our code is, also when that has been bundled into a file of CommonJS, which has no `import.meta.url`.
 * @throws ImproperlyConfigured when it is not there: no bundler takes it along.
 */
export function load<T>(library: string, place = (import.meta as { url?: string }).url ?? placeOfBundle()): T {
  try {
    return createRequire(place)(library) as T;
  } catch (cause) {
    throw new ImproperlyConfigured(
      `A schedule needs the package ${library}, and it cannot be loaded: ${reasonOf(cause)}. If your application is bundled, ` +
        `install it beside the bundle (npm install ${library}), or keep nestjs-celery out of the bundle (external).`,
      { cause },
    );
  }
}

function placeOfBundle(): string {
  return typeof __filename === 'string' ? __filename : join(process.cwd(), 'package.json');
}
