import { HttpException, HttpStatus, Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { hasCode, isCeleryError } from '@nestjs-celery/core';
import { InvalidPeriodicTask } from '@nestjs-celery/core/periodic-tasks';
import { catchError } from 'rxjs';
import type { Observable } from 'rxjs';

/** The status of each error of ours that a request can have, by its code. */
const STATUSES: Readonly<Record<string, HttpStatus>> = {
  INVALID_PERIODIC_TASK: HttpStatus.UNPROCESSABLE_ENTITY,
  PERIODIC_TASK_NOT_FOUND: HttpStatus.NOT_FOUND,
  DUPLICATE_NAME: HttpStatus.CONFLICT,
  BACKEND_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  BROKER_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  OPERATIONAL_ERROR: HttpStatus.SERVICE_UNAVAILABLE,
  PUBLISH_TIMEOUT: HttpStatus.SERVICE_UNAVAILABLE,
};

const REASONS: Readonly<Record<number, string>> = {
  [HttpStatus.UNPROCESSABLE_ENTITY]: 'Unprocessable Entity',
  [HttpStatus.NOT_FOUND]: 'Not Found',
  [HttpStatus.CONFLICT]: 'Conflict',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
};

/** Turns our errors into Nest's of HTTP: `{ statusCode, error, message, fields? }`. Others pass. */
@Injectable()
export class HttpErrors implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw toHttpError(error);
      }),
    );
  }
}

function toHttpError(error: unknown): unknown {
  const statusCode = isCeleryError(error) ? STATUSES[isNameTaken(error) ? 'DUPLICATE_NAME' : error.code] : undefined;
  if (statusCode === undefined) return error;
  const { message } = error as Error;
  const fields = error instanceof InvalidPeriodicTask ? { fields: error.fields } : {};
  return new HttpException({ statusCode, error: REASONS[statusCode], message, ...fields }, statusCode, {
    cause: error,
  });
}

function isNameTaken({ cause }: Error): boolean {
  return hasCode(cause, 'DUPLICATE_NAME');
}
