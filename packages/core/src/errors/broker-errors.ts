import { CeleryError } from './celery-error.js';

/** No connection to the broker, or it went away under the operation. Worth trying again. */
export class BrokerUnavailable extends CeleryError {
  readonly code = 'BROKER_UNAVAILABLE';
}

/** The broker refused the user, the password or the vhost. Trying again does not help. */
export class AccessRefused extends CeleryError {
  readonly code = 'ACCESS_REFUSED';
}

/** A declaration does not equal what exists (AMQP 406): the queue or exchange was made with other settings. */
export class PreconditionFailed extends CeleryError {
  readonly code = 'PRECONDITION_FAILED';
}

/** A queue or exchange that was named does not exist (AMQP 404). */
export class NotFound extends CeleryError {
  readonly code = 'NOT_FOUND';
}

/** The message reached the broker but no queue takes it. Nothing was stored. */
export class MessageReturned extends CeleryError {
  readonly code = 'MESSAGE_RETURNED';

  constructor(
    readonly exchange: string,
    readonly routingKey: string,
    readonly replyText: string,
  ) {
    super(
      `The broker returned the message (${replyText}): no queue is bound to exchange '${exchange}' for routing key '${routingKey}'. ` +
        `Declare the queue in taskQueues, or correct the route.`,
    );
  }
}

/** The broker refused the message (basic.nack): a queue is full and rejects, or an internal error. */
export class MessageNacked extends CeleryError {
  readonly code = 'MESSAGE_NACKED';

  constructor(
    readonly exchange: string,
    readonly routingKey: string,
  ) {
    super(
      `The broker refused the message to exchange '${exchange}', routing key '${routingKey}': ` +
        `a queue is full (x-max-length with x-overflow reject-publish), or the broker had an internal error.`,
    );
  }
}

/** No confirm came in time. What was sent may or may not have arrived. */
export class PublishTimeout extends CeleryError {
  readonly code = 'PUBLISH_TIMEOUT';

  /** @param timeout milliseconds; @param detail one sentence on how far the message got; @param sent false: it is for sure not with the broker */
  constructor(
    readonly exchange: string,
    readonly routingKey: string,
    readonly timeout: number,
    detail: string,
    readonly sent = true,
  ) {
    super(
      `No confirm within ${Math.round(timeout)} ms for the message to exchange '${exchange}', routing key '${routingKey}'. ${detail}`,
    );
  }
}

/** The message could not be published within `taskPublishRetryPolicy`. Celery's `OperationalError`. */
export class OperationalError extends CeleryError {
  readonly code = 'OPERATIONAL_ERROR';
}
