import { revocationLimits } from './revocation-limits.js';

describe('revocationLimits', () => {
  it('has the defaults of Celery', () => {
    expect(revocationLimits({})).toEqual({ max: 50_000, expires: 10_800 });
    expect(revocationLimits({ CELERY_WORKER_REVOKES_MAX: ' ' }).max).toBe(50_000);
  });

  it('takes the environment variables of Celery', () => {
    const env = { CELERY_WORKER_REVOKES_MAX: '7', CELERY_WORKER_REVOKE_EXPIRES: '1.5' };
    expect(revocationLimits(env)).toEqual({ max: 7, expires: 1.5 });
  });

  it.each(['many', '0', '-1', 'Infinity'])('refuses %s', (text) => {
    expect(() => revocationLimits({ CELERY_WORKER_REVOKES_MAX: text })).toThrow('CELERY_WORKER_REVOKES_MAX');
  });
});
