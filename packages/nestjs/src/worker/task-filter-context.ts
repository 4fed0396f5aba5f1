import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import type { ExternalExceptionsHandler } from '@nestjs/core/exceptions/external-exceptions-handler.js';
import { hasCode } from '@nestjs-celery/core';

/** `ctx.retry()`, `new Ignore()` and `new Reject()` are orders to the worker. */
const ORDERS = ['RETRY', 'IGNORE', 'REJECT'];

/** Filters are for errors: an order passes them, and Nest's log of what no filter took, by. */
export class TaskFilterContext extends ExternalExceptionFilterContext {
  override create(...args: Parameters<ExternalExceptionFilterContext['create']>): ExternalExceptionsHandler {
    const handler = super.create(...args);
    const next = handler.next.bind(handler);
    handler.next = async (error, host) => {
      if (ORDERS.some((code) => hasCode(error, code))) throw error;
      return next(error, host) as unknown;
    };
    return handler;
  }
}
