import { CeleryError } from './celery-error.js';

/** The result store cannot be reached. Worth trying again. */
export class BackendUnavailable extends CeleryError {
  readonly code = 'BACKEND_UNAVAILABLE';
}

/** The store refuses a result; it would refuse it again. Celery's `BackendStoreError`. */
export class BackendStoreError extends CeleryError {
  readonly code = 'BACKEND_STORE_ERROR';
}

/** A result could not be read. Celery's `BackendGetMetaError`. */
export class BackendGetMetaError extends CeleryError {
  readonly code = 'BACKEND_GET_META_ERROR';
}

/** A result was asked for and no result backend is configured. Celery's `DisabledBackend`. */
export class BackendDisabled extends CeleryError {
  readonly code = 'BACKEND_DISABLED';
}
