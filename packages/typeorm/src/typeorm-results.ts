import type { AdapterFactory, ResultBackend } from '@nestjs-celery/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { compileResultsOptions } from './results-options.js';
import type { TypeormResultsOptions } from './results-options.js';
import { TypeormResultBackend } from './typeorm-result-backend.js';

/**
 * Keeps results in PostgreSQL, in the tables of django-celery-results: `resultBackend: typeormResults({ url })`.
 * Celery's `django-db` backend.
 * @throws ImproperlyConfigured when the options cannot be used.
 */
export function typeormResults(options: TypeormResultsOptions = {}): AdapterFactory<ResultBackend> {
  const compiled = compileResultsOptions(options);
  return (deps) => new TypeormResultBackend(compiled, deps);
}

/** For `resultBackend: 'postgres://…'` (or `postgresql://…`, or `django-db` with DATABASE_URL). @throws ImproperlyConfigured */
export function createResultBackend(url: string): AdapterFactory<ResultBackend> {
  if (url === 'django-db' || url === 'django-db://') return typeormResults();
  if (/^postgres(ql)?:\/\//.test(url)) return typeormResults({ url });
  throw new ImproperlyConfigured(
    `'${/^[\w+-]*/.exec(url)?.[0] ?? ''}' is no result backend of @nestjs-celery/typeorm: use postgres://… or django-db.`,
  );
}
