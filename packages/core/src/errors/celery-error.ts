const BRAND = Symbol.for('nestjs-celery.error');

/**
 * Base of every error that the library throws. `code` is stable and meant for programs, the message for people:
 * it names what, where and what to do. Branded by a symbol, so that `isCeleryError` holds across two copies of the package.
 */
export abstract class CeleryError extends Error {
  abstract readonly code: string;
  readonly [BRAND] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** True for an error of this package, whichever copy of it made the error. */
export function isCeleryError(error: unknown): error is CeleryError {
  return typeof error === 'object' && error !== null && (error as { [BRAND]?: unknown })[BRAND] === true;
}

/** True for an error of the given code, whichever copy of the package made it. */
export function hasCode(error: unknown, code: string): error is CeleryError {
  return isCeleryError(error) && error.code === code;
}
