import type { TaskContext, TaskHooks } from '@nestjs-celery/core';
import type { DiscoveredTask } from '../discovery/task-explorer.js';
import type { Host, RunScope } from './run-scope.js';

/** The hook methods of a task, in the order of their class. With request scope they run on the instance that runs the task. */
export function createHooks({ hooks, provider }: DiscoveredTask, scope: RunScope | undefined): TaskHooks[] {
  return hooks.map(({ hook, method }) => {
    // every hook has the running task last
    const call = async (...args: unknown[]) => {
      const instance = scope ? (await scope.of(args.at(-1) as TaskContext)).instance : (provider.instance as Host);
      return instance[method]?.(...(args as never[]));
    };
    return { [hook]: call };
  });
}
