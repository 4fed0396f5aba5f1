import type { Clock } from '../../contracts/clock.js';
import type { JobHooks, LocalTaskRun, Outcome, Pool, PoolJob, TaskRunner } from '../../contracts/pool.js';
import { JobQueue } from './job-queue.js';
import type { WaitingJob } from './job-queue.js';
import type { LoopWatch } from './loop-watch.js';

/** Ends that the handler itself may not have come to yet. */
const GIVEN_UP: ReadonlySet<Outcome['kind']> = new Set<Outcome['kind']>(['timeout', 'terminated', 'cancelled']);

/** N handlers at a time on the event loop: right for tasks that wait for I/O. With a size of 1 it is Celery's `solo`. */
export class AsyncPool implements Pool {
  #size: number;
  #active = 0;
  #abandoned = 0;
  readonly #jobs = new JobQueue();
  #idle: (() => void)[] = [];

  constructor(
    readonly name: string,
    size: number,
    private readonly runner: TaskRunner,
    private readonly clock: Clock,
    private readonly watch?: LoopWatch,
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

  async start(): Promise<void> {
    this.watch?.start();
  }

  run(job: PoolJob, hooks: JobHooks): void {
    if (this.#active < this.#size) void this.#run(job, hooks);
    else this.#jobs.append({ job, hooks });
  }

  resize(size: number): void {
    this.#size = Math.max(1, size);
    while (this.#active < this.#size) {
      const turn = this.#jobs.take();
      if (!turn) return;
      void this.#run(turn.job, turn.hooks);
    }
  }

  clear(): void {
    this.#jobs.clear();
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
    this.watch?.stop();
  }

  /** A slot takes one job after another until none waits. */
  async #run(job: PoolJob, hooks: JobHooks): Promise<void> {
    this.#active++;
    let turn: WaitingJob | undefined = { job, hooks };
    while (turn) {
      const run = this.runner.prepare(turn.job);
      if (await turn.hooks.onAccepted(process.pid, run)) {
        const outcome = await (this.watch ? this.watch.call(run) : run.start());
        if (GIVEN_UP.has(outcome.kind)) this.#abandon(run);
        await turn.hooks.settle(outcome, run);
      }
      turn = this.#active > this.#size ? undefined : this.#jobs.take();
    }
    this.#active--;
    if (this.#active === 0) for (const done of this.#idle.splice(0)) done();
  }

  #abandon(run: LocalTaskRun): void {
    this.#abandoned++;
    void run.ended.then(() => this.#abandoned--);
  }
}
