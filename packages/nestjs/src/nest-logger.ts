import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from '@nestjs-celery/core';

/** Core's four words said through Nest's logger (whichever the application has set), under the context `Celery`. */
export function createNestLogger(context = 'Celery'): Logger {
  const logger = new NestLogger(context);
  return {
    debug: (message) => logger.debug(message),
    log: (message) => logger.log(message),
    warn: (message) => logger.warn(message),
    error: (message) => logger.error(message),
  };
}
