import type { LocalTaskRun, PoolJob, TaskRunner } from '../contracts/pool.js';
import { NotRegistered } from '../errors/config-errors.js';
import { Execution } from './execution.js';
import type { RunnableTask } from './runnable-task.js';
import type { TaskSurroundings } from './running-task.js';

/** Runs tasks in this process. */
export class LocalTaskRunner implements TaskRunner {
  constructor(
    private readonly tasks: ReadonlyMap<string, RunnableTask>,
    private readonly surroundings: TaskSurroundings,
  ) {}

  /** @throws NotRegistered */
  prepare(job: PoolJob): LocalTaskRun {
    const { task: name } = job.message.headers;
    const task = this.tasks.get(name);
    if (!task) throw new NotRegistered(`No task is registered under the name '${name}'.`);
    return new Execution(job, task, this.surroundings);
  }
}
