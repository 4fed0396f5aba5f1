import type { CeleryApp } from '../../app/celery-app.js';
import type { JobHooks, Pool, PoolJob } from '../../contracts/pool.js';
import { within } from '../../time/within.js';
import type { WorkerLog } from '../worker-log.js';
import type { Child } from './child.js';
import type { ChildLauncher } from './child-launcher.js';
import { Crew } from './crew.js';
import { JobQueue } from './job-queue.js';
import { RemoteRun } from './remote-run.js';
import { fromNow } from '../../time/from-now.js';

export interface ChildPoolDeps {
  readonly app: CeleryApp;
  readonly hostname: string;
  readonly launcher: ChildLauncher;
  readonly log: WorkerLog;
  /** Jobs after which a child is replaced; null = never. */
  readonly maxTasks: number | null;
  /** KiB beyond which a child is replaced when its job has ended; null = never. */
  readonly maxMemory: number | null;
  /** Children that stand by. */
  readonly spares: number;
  /** No child can be booted any more. */
  onFailed(error: Error): void;
}

/** A job on its way through a child, or through a second one when the first was lost before it began. */
interface Turn {
  readonly run: RemoteRun;
  readonly hooks: JobHooks;
  accepted: boolean;
}

const STOPPED = { kind: 'cancelled', reason: 'the worker was stopped' } as const;
/** Milliseconds that what was cancelled at the end has to be stored. */
const GOODBYE_MS = 1000;

/** Jobs in processes or threads, one at a time in each. Celery's prefork pool. */
export class ChildPool implements Pool {
  readonly isRemote = true;
  readonly #deps: ChildPoolDeps;
  readonly #crew: Crew;
  readonly #jobs = new JobQueue();
  readonly #turns = new Set<Turn>();
  #again: Turn[] = [];
  #size: number;
  #idle: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(
    readonly name: string,
    size: number,
    deps: ChildPoolDeps,
  ) {
    const { app, hostname, launcher, log, onFailed } = deps;
    this.#deps = deps;
    this.#size = size;
    this.#crew = new Crew({
      launcher,
      clock: app.clock,
      log,
      bootMs: app.config.workerProcAliveTimeout * 1000,
      onLaunch: () => void app.signals.send('worker_before_create_process', hostname, {}),
      onIdle: () => this.#next(),
      onFailed,
    });
  }

  get size(): number {
    return this.#size;
  }

  get active(): number {
    return this.#turns.size;
  }

  /** Resolves when every child is up; the spare ones follow. @throws ChildrenUnavailable */
  async start(): Promise<void> {
    await this.#crew.start(this.#size);
    this.#crew.resize(this.#size + this.#deps.spares);
  }

  run(job: PoolJob, hooks: JobHooks): void {
    this.#jobs.append({ job, hooks });
    this.#next();
  }

  resize(size: number): void {
    this.#size = Math.max(1, size);
    this.#crew.resize(this.#size + this.#deps.spares);
    this.#next();
  }

  clear(): void {
    this.#jobs.clear();
  }

  async stop(deadline: Date): Promise<number> {
    this.clear();
    await within(deadline, this.#deps.app.clock, this.#drained());
    return this.active;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.#deps.app;
    this.clear();
    for (const { run } of this.#turns) run.kill(STOPPED);
    for (const turn of this.#again.splice(0)) void turn.hooks.settle(STOPPED, turn.run).then(() => this.#finish(turn));
    await this.#crew.close();
    await within(fromNow(clock, GOODBYE_MS), clock, this.#drained());
  }

  async #drained(): Promise<void> {
    if (this.active > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Gives jobs to children for as long as there are children and jobs for the slots. Who has a slot and lost its child comes first. */
  #next(): void {
    while (this.#again.length > 0 || this.active < this.#size) {
      const child = this.#crew.take();
      if (!child) return;
      const turn = this.#again.shift() ?? this.#take();
      if (!turn) return this.#crew.giveBack(child, false);
      this.#turns.add(turn);
      void this.#run(child, turn);
    }
  }

  #take(): Turn | undefined {
    const waiting = this.#jobs.take();
    if (!waiting) return undefined;
    const { app, log, maxMemory } = this.#deps;
    const { clock, content } = app;
    const run = new RemoteRun(waiting.job, { clock, content, log, weigh: maxMemory !== null });
    return { run, hooks: waiting.hooks, accepted: false };
  }

  async #run(child: Child, turn: Turn): Promise<void> {
    if (await this.#drive(child, turn)) this.#finish(turn);
    else this.#again.push(turn);
    this.#crew.giveBack(child, this.#isSpent(child, turn.run));
    this.#next();
  }

  #finish(turn: Turn): void {
    this.#turns.delete(turn);
    if (this.active === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** False: the child was lost before it called the handler. */
  async #drive(child: Child, turn: Turn): Promise<boolean> {
    const { run, hooks } = turn;
    turn.accepted = await (turn.accepted ? (hooks.isStillWanted?.(run) ?? true) : hooks.onAccepted(child.pid, run));
    if (!turn.accepted) return true;
    const outcome = await child.run(run);
    if (!outcome) return false;
    await hooks.settle(outcome, run);
    return true;
  }

  #isSpent(child: Child, { memory }: RemoteRun): boolean {
    const { maxTasks, maxMemory } = this.#deps;
    return (maxTasks !== null && child.taken >= maxTasks) || (maxMemory !== null && memory > maxMemory);
  }
}
