import type { CeleryApp } from '../app/celery-app.js';
import { AsyncResult } from '../app/async-result.js';
import { runInTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import type { Outcome, PoolJob } from '../contracts/pool.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { hasCode } from '../errors/celery-error.js';
import type { Reject } from '../errors/task-errors.js';
import { compositeSuccessor } from '../canvas/successors.js';
import { pythonTraceback } from '../protocol/traceback.js';
import type { RunnableTask } from './runnable-task.js';

export type Trace = (job: PoolJob) => Promise<Outcome>;

/** From a job to its outcome: calls the handler in the task's context, and never throws. Celery's `build_tracer`. */
export function buildTrace(app: CeleryApp, tasks: ReadonlyMap<string, RunnableTask>): Trace {
  return async ({ message }) => {
    const { headers } = message;
    const task = tasks.get(headers.task);
    const context: TaskContext = {
      id: headers.id,
      name: headers.task,
      rootId: headers.root_id ?? headers.id,
      children: [],
    };
    try {
      refuseComposite(compositeSuccessor(message));
      const value = await runInTask(context, () => task?.definition.handler(message.args, message.kwargs));
      return success(app, value, context);
    } catch (error) {
      return notSuccess(app, error, task);
    }
  };
}

function success(app: CeleryApp, returned: unknown, context: TaskContext): Outcome {
  const value = (returned instanceof AsyncResult ? returned.asTuple() : returned) ?? null;
  const result = app.content.encode(value, app.config.resultSerializer);
  return { kind: 'success', value, result, children: context.children };
}

/** An error decides the outcome by its class. */
function notSuccess(app: CeleryApp, error: unknown, task: RunnableTask | undefined): Outcome {
  if (hasCode(error, 'IGNORE')) return { kind: 'ignore' };
  if (hasCode(error, 'REJECT')) {
    const { requeue, reason } = error as Reject;
    return { kind: 'reject', requeue, reason };
  }
  const expected =
    task?.definition.options.throws?.some((type) => typeof type === 'function' && error instanceof type) ?? false;
  return { kind: 'failure', exc: app.exceptions.toInfo(error), traceback: pythonTraceback(error), expected };
}

function refuseComposite(successor: string | undefined): void {
  if (successor === undefined) return;
  throw new ImproperlyConfigured(
    `The task continues with ${successor}: this worker runs chains and callbacks of plain tasks only. Send it to a Python worker.`,
  );
}
