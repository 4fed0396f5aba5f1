import type { Clock } from '../contracts/clock.js';
import { hasCode } from '../errors/celery-error.js';
import type { WorkerLog } from './worker-log.js';

export interface ReconnectOptions {
  /** Attempts; null or 0 = for ever, as Celery reads it. */
  readonly maxRetries: number | null;
  /** Codes of the errors that waiting may mend. */
  readonly retryOn: readonly string[];
  /** Ends it: the attempt under way is the last. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: WorkerLog;
}

/**
 * Tries until it works: after 2, 4, 6 … 30 seconds, each shortened at random by up to a quarter, so that many workers do not
 * come back at once. @throws the first error that waiting does not mend, the last one when the attempts are used up, or the signal's reason
 */
export async function connectWithRetry(attempt: () => Promise<void>, options: ReconnectOptions): Promise<void> {
  const { maxRetries, retryOn, signal, clock, log } = options;
  const limit = maxRetries || Infinity;
  for (let retries = 1; ; retries++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const mendable = retryOn.some((code) => hasCode(error, code));
      if (!mendable || retries > limit || signal.aborted) throw error;
      const pause = Math.min(2 * retries, 30) * (1 - Math.random() / 4);
      const count = limit === Infinity ? `${retries}` : `${retries}/${limit}`;
      const why = (error as Error).message.replace(/\.$/, '');
      log.say('ERROR', `consumer: ${why}. Trying again in ${pause.toFixed(2)} seconds... (${count})`);
      await clock.sleep(pause * 1000, signal);
    }
  }
}
