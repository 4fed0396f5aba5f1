import { CeleryError } from './celery-error.js';

/** A setting, option or declaration cannot be used as it stands. Celery's `ImproperlyConfigured`. */
export class ImproperlyConfigured extends CeleryError {
  readonly code = 'IMPROPERLY_CONFIGURED';
}

/** No task of that name here. Celery's `NotRegistered`. */
export class NotRegistered extends CeleryError {
  readonly code = 'NOT_REGISTERED';
}

/** Two tasks claim one name. Celery takes the first in silence; we refuse to start. */
export class AlreadyRegistered extends CeleryError {
  readonly code = 'ALREADY_REGISTERED';
}

/** A queue that is not in `taskQueues` while `taskCreateMissingQueues` is off. Celery's `QueueNotFound`. */
export class QueueNotFound extends CeleryError {
  readonly code = 'QUEUE_NOT_FOUND';
}
