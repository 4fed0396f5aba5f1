import { currentTask } from '@nestjs-celery/core';

/** What we use of `process`. */
export interface RejectionHost {
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  listenerCount(event: 'unhandledRejection'): number;
}

/**
 * A promise that a task left behind and that rejects must not end the worker, and with it all the other tasks: it is logged under
 * the task's name. One that belongs to no task ends the process, as everywhere in Node, unless the application listens itself.
 */
export function surviveTaskRejections(host: RejectionHost = process, findTask = currentTask): void {
  host.on('unhandledRejection', (reason) => {
    const task = findTask();
    if (task) task.logger.error(`left a promise that nobody awaits, and that was rejected: ${describe(reason)}`);
    else if (host.listenerCount('unhandledRejection') === 1) throw reason;
  });
}

function describe(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? String(reason)) : String(reason);
}
