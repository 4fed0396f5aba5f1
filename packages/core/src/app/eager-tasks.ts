import type { TaskMeta } from '../protocol/result-meta.js';
import type { TaskCall } from './task-call.js';
import type { TaskOptions } from './task-options.js';

/** The tasks that this process can run at the call itself. Whoever has their handlers has it: the client does not know the worker. */
export interface EagerTasks {
  /** The options that a task was declared with. @throws NotRegistered when it is not among them */
  optionsOf(name: string): TaskOptions;
  /**
   * Runs the call here and now: its retries, and then its callbacks and the rest of its chain.
   * @throws EncodeError for arguments that no message could carry; with `throws`, what the task or a follower of it threw
   */
  run(call: TaskCall, options: { readonly throws: boolean }): Promise<EagerRun>;
}

/** What became of a call that ran eagerly. */
export interface EagerRun {
  /** As a worker would have stored it. */
  readonly meta: TaskMeta;
  /** What was thrown, the very objects: by the task itself if it failed, then by those that followed it. */
  readonly errors: readonly unknown[];
}
