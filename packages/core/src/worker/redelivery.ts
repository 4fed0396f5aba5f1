import type { CeleryApp } from '../app/celery-app.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Request } from './request.js';
import type { WorkerLog } from './worker-log.js';

/** What is asked before a task runs that some worker had before. */
export class Redelivery {
  constructor(
    private readonly app: CeleryApp,
    private readonly poison: PoisonGuard,
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
    request.counted = await this.poison.mayStart(request);
    return request.counted;
  }

  get #deduplicates(): boolean {
    return this.app.config.workerDeduplicateSuccessfulTasks && this.app.backend !== undefined;
  }

  async #hasSucceeded({ id }: Request): Promise<boolean> {
    const metas = await this.app.backend?.getMany([id]);
    return metas?.get(id)?.status === 'SUCCESS';
  }
}
