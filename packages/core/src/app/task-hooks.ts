import type { BuiltInState } from '../protocol/states.js';
import type { TaskContext } from './task-context.js';

/**
 * What a task does around its runs. Each is awaited where the task ran. Celery's handlers of the same names; what they pass as
 * `task_id, args, kwargs` is in the context.
 */
export interface TaskHooks {
  /** Before the handler; an error fails the task. */
  beforeStart?(task: TaskContext): unknown;
  /** After SUCCESS is stored. */
  onSuccess?(result: unknown, task: TaskContext): unknown;
  /** After FAILURE is stored. */
  onFailure?(error: Error, task: TaskContext): unknown;
  /** After RETRY is stored; `error` is why. */
  onRetry?(error: unknown, task: TaskContext): unknown;
  /** Last, after SUCCESS or FAILURE; `value` is the result or the error. */
  afterReturn?(state: BuiltInState, value: unknown, task: TaskContext): unknown;
}
