import { ImproperlyConfigured } from './config-errors.js';

/** A schedule that cannot be: malformed, out of range, or of dates that never come. Thrown when it is made, not when it is due. */
export class InvalidSchedule extends ImproperlyConfigured {
  constructor(
    /** The option at fault, as the user writes it: `dayOfMonth`. */
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
