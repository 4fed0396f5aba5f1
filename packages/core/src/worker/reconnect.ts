import type { Clock } from '../contracts/clock.js';
import { hasCode } from '../errors/celery-error.js';
import type { WorkerLog } from './worker-log.js';

export interface ReconnectOptions {
  /** Attempts; null or 0 = for ever, as Celery reads it. */
  readonly maxRetries: number | null;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: WorkerLog;
}

/**
 * Tries until it works: after 2, 4, 6 … 30 seconds, each shortened at random by up to a quarter, so that many workers do not
 * come back at once. Only a lost or missing broker is worth another attempt; every other error is thrown.
 */
export async function connectWithRetry(attempt: () => Promise<void>, options: ReconnectOptions): Promise<void> {
  const { maxRetries, signal, clock, log } = options;
  const limit = maxRetries || Infinity;
  for (let retries = 1; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasCode(error, 'BROKER_UNAVAILABLE') || retries > limit || signal.aborted) throw error;
      const pause = Math.min(2 * retries, 30) * (1 - Math.random() / 4);
      const count = limit === Infinity ? `${retries}` : `${retries}/${limit}`;
      const why = error.message.replace(/\.$/, '');
      log.say('ERROR', `consumer: ${why}. Trying again in ${pause.toFixed(2)} seconds... (${count})`);
      await clock.sleep(pause * 1000, signal);
    }
  }
}
