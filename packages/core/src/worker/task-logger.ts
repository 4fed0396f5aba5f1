import type { Logger } from '../contracts/logger.js';

/** A logger whose lines begin with the task that says them. */
export function taskLogger(logger: Logger, label: string): Logger {
  const named = (message: string) => `${label}: ${message}`;
  return {
    debug: (message) => logger.debug(named(message)),
    log: (message) => logger.log(named(message)),
    warn: (message) => logger.warn(named(message)),
    error: (message) => logger.error(named(message)),
  };
}
