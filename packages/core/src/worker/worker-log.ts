import type { Logger } from '../contracts/logger.js';
import type { Outcome } from '../contracts/pool.js';
import { outcomeLine } from './outcome-line.js';
import type { Request } from './request.js';

/** Celery's log levels, in rising order. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The worker's lines at or above a level. Whoever would have to build a line first asks `info`. */
export class WorkerLog {
  readonly info: boolean;
  readonly #logger: Logger;
  readonly #threshold: number;

  constructor(logger: Logger, level: LogLevel) {
    this.#logger = logger;
    this.#threshold = LOG_LEVELS.indexOf(level);
    this.info = this.#threshold <= LOG_LEVELS.indexOf('INFO');
  }

  say(level: LogLevel, line: string): void {
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    if (level === 'DEBUG') this.#logger.debug(line);
    else if (level === 'INFO') this.#logger.log(line);
    else if (level === 'WARNING') this.#logger.warn(line);
    else this.#logger.error(line);
  }

  /** What became of a task. @param runtime milliseconds */
  outcome(request: Request, outcome: Outcome, runtime: number): void {
    if (outcome.kind === 'success' && !this.info) return;
    const [level, line] = outcomeLine(request, outcome, runtime / 1000);
    this.say(level, `${request.label} ${line}`);
  }
}
