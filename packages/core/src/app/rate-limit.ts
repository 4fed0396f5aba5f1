const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const RATE = /^(\d+(?:\.\d*)?|\.\d+)(?:\/([smh]?))?$/;

/**
 * Runs per second that a rate limit allows: `'10/s'`, `'10/m'`, `'10/h'`, or a number per second. 0, null and '' = no limit.
 * Undefined for what is no rate. Celery's `celery.utils.time.rate`.
 */
export function ratePerSecond(rate: unknown): number | undefined {
  if (rate === null || rate === '') return 0;
  if (typeof rate === 'number') return Number.isFinite(rate) && rate >= 0 ? rate : undefined;
  const [, count, unit] = (typeof rate === 'string' && RATE.exec(rate)) || [];
  return count === undefined ? undefined : Number(count) / (SECONDS[unit || 's'] ?? 1);
}
