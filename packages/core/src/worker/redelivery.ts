import type { CeleryApp } from '../app/celery-app.js';
import type { TaskRun } from '../contracts/pool.js';
import type { WorkerLostError } from '../errors/task-errors.js';
import { BeatRepeats } from './beat-repeats.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Request } from './request.js';
import type { Settler } from './settle.js';
import type { WorkerLog } from './worker-log.js';

const NOTHING_RUNS: TaskRun = { cancel: () => {}, conclude: undefined };

/** What is asked before a task runs that some worker had before, or that beat may have sent before. */
export class Redelivery {
  readonly #repeats: BeatRepeats;

  constructor(
    private readonly app: CeleryApp,
    private readonly poison: PoisonGuard,
    private readonly settler: Settler,
    private readonly log: WorkerLog,
  ) {
    this.#repeats = new BeatRepeats(app, log);
  }

  /** Whether `mayStart` has anything to ask: for most messages it has not. */
  concerns(request: Request): boolean {
    return this.#repeats.concerns(request) || this.#mayHaveEnded(request) || this.poison.counts(request);
  }

  /** False: the message is settled, the task does not run. Rejects when what is to be known cannot be had. */
  async mayStart(request: Request): Promise<boolean> {
    if (this.#repeats.concerns(request) && (await this.#repeats.isRepeat(request))) {
      request.ack();
      return false;
    }
    if (this.#mayHaveEnded(request) && (await this.#hasSucceeded(request))) {
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

  #mayHaveEnded({ source, task }: Request): boolean {
    const { config, backend } = this.app;
    return source.redelivered && task.acksLate && config.workerDeduplicateSuccessfulTasks && backend !== undefined;
  }

  async #hasSucceeded({ id }: Request): Promise<boolean> {
    const metas = await this.app.backend?.getMany([id]);
    return metas?.get(id)?.status === 'SUCCESS';
  }
}
