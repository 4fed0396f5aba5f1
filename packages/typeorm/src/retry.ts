import type { Clock } from '@nestjs-celery/core';

/** When PostgreSQL is away. Celery's `result_backend_…retries` settings; times in milliseconds. */
export interface ResultRetryOptions {
  /** Attempts to store a result after the first; null = for ever, as Celery's `result_backend_max_retries`. @default null */
  maxRetries?: number | null;
  /** The first pause. Celery's `result_backend_base_sleep_between_retries_ms`. @default 10 */
  baseSleep?: number;
  /** The longest pause. Celery's `result_backend_max_sleep_between_retries_ms`. @default 10000 */
  maxSleep?: number;
}

export type RetryTimes = Required<ResultRetryOptions>;

export const DEFAULT_RETRY: RetryTimes = { maxRetries: null, baseSleep: 10, maxSleep: 10_000 };

/** Sleeps before attempt `retries + 1`: exponential with full jitter, as Celery does. Ends early, and well, when the signal aborts. */
export async function pause(clock: Clock, retries: number, times: RetryTimes, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(times.maxSleep, times.baseSleep * 2 ** Math.min(retries, 30));
  try {
    await clock.sleep(Math.random() * longest, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
