import { ImproperlyConfigured } from '../errors/config-errors.js';

/** How many revoked ids are kept, and how long. */
export interface RevocationLimits {
  readonly max: number;
  /** Seconds. */
  readonly expires: number;
}

/**
 * Celery's environment variables `CELERY_WORKER_REVOKES_MAX` (50,000 ids) and `CELERY_WORKER_REVOKE_EXPIRES` (10,800 seconds).
 * @throws ImproperlyConfigured for what is no number
 */
export function revocationLimits(env: Readonly<Record<string, string | undefined>> = process.env): RevocationLimits {
  return {
    max: positive('CELERY_WORKER_REVOKES_MAX', env, 50_000),
    expires: positive('CELERY_WORKER_REVOKE_EXPIRES', env, 10_800),
  };
}

function positive(name: string, env: Readonly<Record<string, string | undefined>>, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text.trim() === '') return otherwise;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new ImproperlyConfigured(`The environment variable ${name} expects a number greater than 0.`);
}
