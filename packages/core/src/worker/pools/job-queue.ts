import type { JobHooks, PoolJob } from '../../contracts/pool.js';

/** A job that waits for a slot. */
export interface WaitingJob {
  readonly job: PoolJob;
  readonly hooks: JobHooks;
  /** Who came after it. */
  next?: WaitingJob | undefined;
}

/** Jobs in order of arrival; thousands of them come and go without a copy. */
export class JobQueue {
  #first: WaitingJob | undefined;
  #last: WaitingJob | undefined;

  append(waiting: WaitingJob): void {
    if (this.#last) this.#last.next = waiting;
    else this.#first = waiting;
    this.#last = waiting;
  }

  /** Takes the job that waits longest. It lets go of the next: old garbage that leads to young lives to the next full collection, and that with it. */
  take(): WaitingJob | undefined {
    const turn = this.#first;
    this.#first = turn?.next;
    if (turn) turn.next = undefined;
    if (!this.#first) this.#last = undefined;
    return turn;
  }

  clear(): void {
    this.#first = this.#last = undefined;
  }
}
