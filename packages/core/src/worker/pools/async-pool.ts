import type { Clock } from '../../contracts/clock.js';
import type { JobHooks, LocalTaskRun, Pool, PoolJob, TaskRunner } from '../../contracts/pool.js';

interface Waiting {
  readonly job: PoolJob;
  readonly hooks: JobHooks;
  /** Who came after it. */
  next?: Waiting | undefined;
}

/** N handlers at a time on the event loop: right for tasks that wait for I/O. With a size of 1 it is Celery's `solo`. */
export class AsyncPool implements Pool {
  #size: number;
  #active = 0;
  #abandoned = 0;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #idle: (() => void)[] = [];

  constructor(
    readonly name: string,
    size: number,
    private readonly runner: TaskRunner,
    private readonly clock: Clock,
  ) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get active(): number {
    return this.#active;
  }

  /** Handlers that were given up (hard time limit, termination) and have not come to an end: they still use memory and CPU. */
  get abandoned(): number {
    return this.#abandoned;
  }

  async start(): Promise<void> {}

  run(job: PoolJob, hooks: JobHooks): void {
    if (this.#active < this.#size) void this.#run(job, hooks);
    else this.#append({ job, hooks });
  }

  resize(size: number): void {
    this.#size = Math.max(1, size);
    while (this.#active < this.#size) {
      const turn = this.#take();
      if (!turn) return;
      void this.#run(turn.job, turn.hooks);
    }
  }

  clear(): void {
    this.#first = this.#last = undefined;
  }

  async stop(deadline: Date): Promise<number> {
    this.clear();
    if (this.#active === 0) return 0;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.at(deadline, resolve);
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
    return this.#active;
  }

  /** A promise cannot be killed: whoever closes the pool lets go of what still runs. */
  async close(): Promise<void> {
    this.clear();
  }

  /** A slot takes one job after another until none waits. */
  async #run(job: PoolJob, hooks: JobHooks): Promise<void> {
    this.#active++;
    let turn: Waiting | undefined = { job, hooks };
    while (turn) {
      const run = this.runner.prepare(turn.job);
      if (await turn.hooks.onAccepted(process.pid, run)) await this.#finish(run, turn.hooks);
      turn = this.#active > this.#size ? undefined : this.#take();
    }
    this.#active--;
    if (this.#active === 0) for (const done of this.#idle.splice(0)) done();
  }

  async #finish(run: LocalTaskRun, hooks: JobHooks): Promise<void> {
    const outcome = await run.start();
    if (outcome.kind === 'timeout' || outcome.kind === 'terminated' || outcome.kind === 'cancelled') this.#abandon(run);
    await hooks.settle(outcome, run);
  }

  #abandon(run: LocalTaskRun): void {
    this.#abandoned++;
    void run.ended.then(() => this.#abandoned--);
  }

  #append(waiting: Waiting): void {
    if (this.#last) this.#last.next = waiting;
    else this.#first = waiting;
    this.#last = waiting;
  }

  /** The job that waits longest. It lets go of the next: old garbage that leads to young lives to the next full collection, and that with it. */
  #take(): Waiting | undefined {
    const turn = this.#first;
    this.#first = turn?.next;
    if (turn) turn.next = undefined;
    if (!this.#first) this.#last = undefined;
    return turn;
  }
}
