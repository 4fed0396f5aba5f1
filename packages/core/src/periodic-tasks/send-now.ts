import type { AsyncResult } from '../app/async-result.js';
import type { CeleryApp } from '../app/celery-app.js';
import type { ApplyAsyncOptions, TaskOptions } from '../app/task-options.js';
import type { Headers } from '../contracts/broker.js';
import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';
import { InvalidPeriodicTask } from '../errors/schedule-errors.js';
import { problemsOf } from './check-fields.js';
import { readArray, readObject } from './json-columns.js';

/** What a row has to have right in order to be sent without its schedule. */
const SENT = ['task', 'args', 'kwargs', 'headers', 'queue', 'exchange', 'routingKey', 'priority'] as const;

/** Sends the task of a row. @throws InvalidPeriodicTask when it cannot be read; as `sendTask` */
export function sendNow<R>(
  app: CeleryApp,
  row: PeriodicTaskRow,
  options: TaskOptions | undefined,
): Promise<AsyncResult<R>> {
  const found = problemsOf(row);
  const problems = SENT.flatMap((field) => (found[field] ? [[field, found[field]] as const] : []));
  if (problems.length > 0) return Promise.reject(new InvalidPeriodicTask(Object.fromEntries(problems)));
  return app.sendTask<R>(row.task, readArray(row.args), callOptions(row), options);
}

function callOptions({ queue, exchange, routingKey, priority, ...row }: PeriodicTaskRow): ApplyAsyncOptions {
  return {
    kwargs: readObject(row.kwargs),
    headers: readObject(row.headers) as Headers,
    periodicTaskName: row.name,
    ...(queue && { queue }),
    ...(exchange && { exchange }),
    ...(routingKey && { routingKey }),
    ...(priority !== null && { priority }),
  };
}
