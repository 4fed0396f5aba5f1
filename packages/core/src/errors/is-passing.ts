import { isCeleryError } from './celery-error.js';

/** What could not be reached or was not answered, as against what was refused and would be refused again. */
const PASSING: ReadonlySet<string> = new Set([
  'BACKEND_UNAVAILABLE',
  'BROKER_UNAVAILABLE',
  'OPERATIONAL_ERROR',
  'PUBLISH_TIMEOUT',
]);

/** Whether the same may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  return isCeleryError(error) && PASSING.has(error.code);
}
