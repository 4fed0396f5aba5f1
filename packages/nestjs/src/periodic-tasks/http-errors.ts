import { HttpException, HttpStatus, Injectable, Logger } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { hasCode, isCeleryError } from '@nestjs-celery/core';
import { InvalidPeriodicTask } from '@nestjs-celery/core/periodic-tasks';
import { catchError } from 'rxjs';
import type { Observable } from 'rxjs';

/** The status of each error of ours that a request can have, by its code. What the caller can repair is the caller's. */
const STATUSES: Readonly<Record<string, HttpStatus>> = {
  INVALID_PERIODIC_TASK: HttpStatus.UNPROCESSABLE_ENTITY,
  QUEUE_NOT_FOUND: HttpStatus.UNPROCESSABLE_ENTITY,
  ENCODE_ERROR: HttpStatus.UNPROCESSABLE_ENTITY,
  MESSAGE_RETURNED: HttpStatus.UNPROCESSABLE_ENTITY,
  INVALID_TASK: HttpStatus.UNPROCESSABLE_ENTITY,
  PERIODIC_TASK_NOT_FOUND: HttpStatus.NOT_FOUND,
  DUPLICATE_NAME: HttpStatus.CONFLICT,
  BACKEND_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  BROKER_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  OPERATIONAL_ERROR: HttpStatus.SERVICE_UNAVAILABLE,
  PUBLISH_TIMEOUT: HttpStatus.SERVICE_UNAVAILABLE,
  MESSAGE_NACKED: HttpStatus.SERVICE_UNAVAILABLE,
};

const REASONS: Readonly<Record<number, string>> = {
  [HttpStatus.UNPROCESSABLE_ENTITY]: 'Unprocessable Entity',
  [HttpStatus.NOT_FOUND]: 'Not Found',
  [HttpStatus.CONFLICT]: 'Conflict',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
};

const UNAVAILABLE = 'The database or the broker of the periodic tasks does not answer. Try again later.';

/** Turns our errors into Nest's of HTTP: `{ statusCode, error, message, fields? }`. Others pass. */
@Injectable()
export class HttpErrors implements NestInterceptor {
  readonly #logger = new Logger('PeriodicTasks');

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw this.#toHttpError(error);
      }),
    );
  }

  #toHttpError(error: unknown): unknown {
    const statusCode = isCeleryError(error) ? STATUSES[isNameTaken(error) ? 'DUPLICATE_NAME' : error.code] : undefined;
    if (statusCode === undefined) return error;
    const message = this.#messageFor(statusCode, error as Error);
    const fields = error instanceof InvalidPeriodicTask ? { fields: error.fields } : {};
    return new HttpException({ statusCode, error: REASONS[statusCode], message, ...fields }, statusCode, {
      cause: error,
    });
  }

  /** Where the servers are is not the client's to know. */
  #messageFor(statusCode: HttpStatus, { message }: Error): string {
    if (statusCode !== HttpStatus.SERVICE_UNAVAILABLE) return message;
    this.#logger.error(message);
    return UNAVAILABLE;
  }
}

function isNameTaken({ cause }: Error): boolean {
  return hasCode(cause, 'DUPLICATE_NAME');
}
