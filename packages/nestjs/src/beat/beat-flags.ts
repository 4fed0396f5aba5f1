import { LOG_LEVEL_NAMES, onlyGiven, oneOf, parseFlags, wholeNumber } from '@nestjs-celery/core';
import type { CeleryLogLevel } from '../process/boot.js';

/** What `celery beat` takes on the command line and this beat understands. */
export interface BeatFlags {
  /** `-l` */
  loglevel?: CeleryLogLevel;
  /** `-S`: where beat keeps its schedules, as the setting `beatScheduler`. */
  scheduler?: string;
  /** `-s`: the file, for a scheduler that keeps one. */
  schedule?: string;
  /** File that holds the process id while beat runs, so that there is one; empty: none. */
  pidfile?: string;
  /** Longest sleep in seconds; 0: the default, as in Celery. */
  maxInterval?: number;
  /** `-q`: no banner. */
  quiet?: boolean;
}

const FLAGS = {
  loglevel: { type: 'string', short: 'l' },
  scheduler: { type: 'string', short: 'S' },
  schedule: { type: 'string', short: 's' },
  pidfile: { type: 'string' },
  'max-interval': { type: 'string' },
  quiet: { type: 'boolean', short: 'q' },
} as const;

/** Reads the flags of `celery beat`. @throws ImproperlyConfigured for one that this beat does not have. */
export function parseBeatFlags(argv: readonly string[]): BeatFlags {
  const given = parseFlags(argv, FLAGS);
  return onlyGiven({
    loglevel: oneOf('-l/--loglevel', given.loglevel, LOG_LEVEL_NAMES),
    scheduler: given.scheduler,
    schedule: given.schedule,
    pidfile: given.pidfile,
    maxInterval: wholeNumber('--max-interval', given['max-interval'], 0),
    quiet: given.quiet,
  });
}
