import type { CeleryApp } from '../app/celery-app.js';
import type { TaskRun } from '../contracts/pool.js';
import type { WorkerLostError } from '../errors/task-errors.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Request } from './request.js';
import type { Settler } from './settle.js';
import type { WorkerLog } from './worker-log.js';

const NOTHING_RUNS: TaskRun = { cancel: () => {}, conclude: undefined };

/** What is asked before a task runs that some worker had before. */
export class Redelivery {
  constructor(
    private readonly app: CeleryApp,
    private readonly poison: PoisonGuard,
    private readonly settler: Settler,
    private readonly log: WorkerLog,
  ) {}

  /** Whether `mayStart` has anything to ask: for most messages it has not. */
  concerns(request: Request): boolean {
    if (!request.source.redelivered || !request.task.acksLate) return false;
    return this.#deduplicates || this.poison.counts(request);
  }

  /** False: the message is settled, the task does not run. Rejects when what is to be known cannot be had. */
  async mayStart(request: Request): Promise<boolean> {
    if (this.#deduplicates && (await this.#hasSucceeded(request))) {
      request.ack();
      this.log.say('INFO', `${request.label} is not run again: it has succeeded before.`);
      return false;
    }
    if (!this.poison.counts(request)) return true;
    const lost = await this.poison.countStart(request);
    request.counted = true;
    if (lost) await this.#fail(request, lost);
    return !lost;
  }

  /** As any failure ends, with errbacks and the rest of its chain. Its hooks stay out of it: nothing of it runs here. */
  async #fail(request: Request, error: WorkerLostError): Promise<void> {
    const exc = this.app.exceptions.toInfo(error);
    request.startedAt = this.app.clock.monotonic();
    await this.settler.settle(
      request,
      { kind: 'failure', exc, traceback: String(error), expected: false },
      NOTHING_RUNS,
    );
  }

  get #deduplicates(): boolean {
    return this.app.config.workerDeduplicateSuccessfulTasks && this.app.backend !== undefined;
  }

  async #hasSucceeded({ id }: Request): Promise<boolean> {
    const metas = await this.app.backend?.getMany([id]);
    return metas?.get(id)?.status === 'SUCCESS';
  }
}
