import type { Clock } from '../../contracts/clock.js';
import type { JobHooks, Pool, PoolJob } from '../../contracts/pool.js';
import type { Trace } from '../trace.js';

interface Waiting {
  readonly job: PoolJob;
  readonly hooks: JobHooks;
}

/** N handlers at a time on the event loop: right for tasks that wait for I/O. With a size of 1 it is Celery's `solo`. */
export class AsyncPool implements Pool {
  #active = 0;
  #waiting: Waiting[] = [];
  #next = 0;
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
    else this.#waiting.push({ job, hooks });
  }

  clear(): void {
    this.#waiting = [];
    this.#next = 0;
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
      if (turn.hooks.onAccepted(process.pid)) await turn.hooks.settle(await this.trace(turn.job));
      turn = this.#take();
    }
    this.#active--;
    if (this.#active === 0) for (const done of this.#idle.splice(0)) done();
  }

  /** The job that waits longest. The list is cut only now and then: cutting it each time would cost more the longer it is. */
  #take(): Waiting | undefined {
    const turn = this.#waiting[this.#next];
    this.#next++;
    if (this.#next > 1024 || this.#next >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return turn;
  }
}
