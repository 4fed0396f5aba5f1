import type { Clock } from '../../contracts/clock.js';
import type { JobHooks, Pool, PoolJob } from '../../contracts/pool.js';
import type { Trace } from '../trace.js';

interface Waiting {
  readonly job: PoolJob;
  readonly hooks: JobHooks;
  /** Who came after it. */
  next?: Waiting | undefined;
}

/** N handlers at a time on the event loop: right for tasks that wait for I/O. With a size of 1 it is Celery's `solo`. */
export class AsyncPool implements Pool {
  #active = 0;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #idle: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly size: number,
    private readonly trace: Trace,
    private readonly clock: Clock,
  ) {}

  get active(): number {
    return this.#active;
  }

  async start(): Promise<void> {}

  run(job: PoolJob, hooks: JobHooks): void {
    if (this.#active < this.size) void this.#run(job, hooks);
    else this.#append({ job, hooks });
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

  /** A slot takes one job after another until none waits. */
  async #run(job: PoolJob, hooks: JobHooks): Promise<void> {
    this.#active++;
    let turn: Waiting | undefined = { job, hooks };
    while (turn) {
      if (await turn.hooks.onAccepted(process.pid)) await turn.hooks.settle(await this.trace(turn.job));
      turn = this.#take();
    }
    this.#active--;
    if (this.#active === 0) for (const done of this.#idle.splice(0)) done();
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
