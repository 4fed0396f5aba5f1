import { CeleryError } from './celery-error.js';
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

/** The lease is another beat's by now: this one no longer leads, and nothing was claimed. */
export class LeaseLost extends CeleryError {
  readonly code = 'LEASE_LOST';
}

/** A periodic task of that name exists. */
export class DuplicateName extends CeleryError {
  readonly code = 'DUPLICATE_NAME';

  constructor(
    readonly taskName: string,
    options?: ErrorOptions,
  ) {
    super(`A periodic task with the name '${taskName}' exists already. Choose another name.`, options);
  }
}

/** A periodic task that cannot be: what is wrong with it, by field, in the words of Django's forms where it has some. */
export class InvalidPeriodicTask extends CeleryError {
  readonly code = 'INVALID_PERIODIC_TASK';

  constructor(
    readonly fields: Readonly<Record<string, readonly string[]>>,
    options?: ErrorOptions,
  ) {
    const problems = Object.entries(fields).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
    super(`The periodic task is refused. ${problems.join(' ')}`, options);
  }
}

/** No periodic task of that id or name. */
export class PeriodicTaskNotFound extends CeleryError {
  readonly code = 'PERIODIC_TASK_NOT_FOUND';

  constructor(readonly idOrName: number | string) {
    const which = typeof idOrName === 'number' ? `id ${idOrName}` : `name '${idOrName}'`;
    super(`There is no periodic task with the ${which}: it was deleted, or never made.`);
  }
}
