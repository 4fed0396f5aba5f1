import type { TaskQueue, TaskQueues } from '../app/topology.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { WorkerOptions } from './worker-options.js';

/**
 * The queues a worker consumes: those of `-Q`, else all of `taskQueues`, without those of `-X`; and its own.
 * @param direct node name of a worker with `workerDirect`
 */
export function selectQueues(
  known: TaskQueues,
  { queues, excludeQueues = [] }: WorkerOptions,
  direct?: string,
): TaskQueue[] {
  const excluded = new Set(excludeQueues);
  const selected = [...new Set(queues ?? known.configured)].filter((name) => !excluded.has(name));
  if (selected.length === 0 && direct === undefined) {
    throw new ImproperlyConfigured(
      `No queue is left to consume: every one of ${known.configured.join(', ')} is excluded.`,
    );
  }
  const own = direct === undefined ? [] : [known.workerDirect(direct)];
  return [...new Set([...selected.map((name) => known.get(name)), ...own])];
}
