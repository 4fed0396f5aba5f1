import { CeleryError } from './celery-error.js';

/** The children of a pool cannot be started: the worker cannot run anything. */
export class ChildrenUnavailable extends CeleryError {
  readonly code = 'CHILDREN_UNAVAILABLE';
}
