import type { TaskQueue, TaskQueues } from '../app/topology.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { WorkerOptions } from './worker-options.js';

/** The queues a worker consumes: those of `-Q`, else all of `taskQueues`, without those of `-X`. */
export function selectQueues(known: TaskQueues, { queues, excludeQueues = [] }: WorkerOptions): TaskQueue[] {
  const excluded = new Set(excludeQueues);
  const selected = [...new Set(queues ?? known.configured)].filter((name) => !excluded.has(name));
  if (selected.length === 0) {
    throw new ImproperlyConfigured(
      `No queue is left to consume: every one of ${known.configured.join(', ')} is excluded.`,
    );
  }
  return selected.map((name) => known.get(name));
}
