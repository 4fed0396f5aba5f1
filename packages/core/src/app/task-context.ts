import { AsyncLocalStorage } from 'node:async_hooks';
import type { ResultTuple } from '../protocol/result-meta.js';

/** What a running task leaves to the tasks that it publishes. */
export interface TaskContext {
  readonly id: string;
  readonly name: string;
  readonly rootId: string;
  /** Results of the tasks published so far; stored with the task's own result. */
  readonly children: ResultTuple[];
}

const storage = new AsyncLocalStorage<TaskContext>();

/** Runs a handler so that `currentTaskContext()` finds its task, across every await. */
export function runInTask<T>(context: TaskContext, run: () => T): T {
  return storage.run(context, run);
}

/** Runs something that belongs to no task, wherever it was set off. */
export function outsideTasks<T>(run: () => T): T {
  return storage.exit(run);
}

/** The task that is running here, or undefined outside one. Celery's `current_task`. */
export function currentTaskContext(): TaskContext | undefined {
  return storage.getStore();
}
