import type { CeleryApp } from '../app/celery-app.js';
import type { TaskContext } from '../app/task-context.js';
import type { ErrorClass } from '../app/task-options.js';
import type { Outcome } from '../contracts/pool.js';
import { hasCode } from '../errors/celery-error.js';
import { InvalidArguments } from '../errors/task-errors.js';
import type { Reject, Retry } from '../errors/task-errors.js';
import { pythonTraceback } from '../protocol/traceback.js';
import { autoretryOptions, planRetry } from './plan-retry.js';
import type { RunnableTask } from './runnable-task.js';

/** What a handler's error makes of its task. */
export function outcomeOf(error: unknown, app: CeleryApp, task: RunnableTask, context: TaskContext): Outcome {
  if (hasCode(error, 'IGNORE')) return { kind: 'ignore' };
  if (hasCode(error, 'REJECT')) {
    const { requeue, reason } = error as Reject;
    return { kind: 'reject', requeue, reason };
  }
  if (hasCode(error, 'RETRY')) return retry(error as Retry, app);
  if (retriesItself(error, task)) {
    const planned = planAutoretry(error, task, context);
    if (hasCode(planned, 'RETRY')) return retry(planned as Retry, app);
  }
  const expected = isOne(error, task.options.throws);
  return { kind: 'failure', exc: app.exceptions.toInfo(error), traceback: pythonTraceback(error), expected };
}

function retry(error: Retry, { exceptions }: CeleryApp): Outcome {
  const exc = error.exc === undefined ? null : exceptions.toInfo(error.exc);
  return {
    kind: 'retry',
    plan: error.plan,
    exc,
    traceback: pythonTraceback(error.exc ?? error),
    reason: error.message,
  };
}

function retriesItself(error: unknown, { definition, options }: RunnableTask): boolean {
  if (options.autoretryFor === undefined || error instanceof InvalidArguments) return false;
  if (definition.isFinal?.(error) === true || isOne(error, options.dontAutoretryFor)) return false;
  return isOne(error, options.autoretryFor);
}

function planAutoretry(error: unknown, { options }: RunnableTask, context: TaskContext): unknown {
  try {
    return planRetry(context, options, autoretryOptions(options, context.retries, error, Math.random()));
  } catch {
    // `retryKwargs` cannot be used: the error of the task says more
    return error;
  }
}

function isOne(error: unknown, classes: readonly ErrorClass[] = []): boolean {
  return classes.some((type) => typeof type === 'function' && error instanceof type);
}
