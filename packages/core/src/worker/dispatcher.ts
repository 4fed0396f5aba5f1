import type { CeleryApp } from '../app/celery-app.js';
import type { Delivery } from '../contracts/broker.js';
import type { Cancellation, JobHooks, Pool, TaskRun } from '../contracts/pool.js';
import { isPassing } from '../errors/is-passing.js';
import { countedHooks } from './counted-hooks.js';
import { EtaWaiting } from './eta-waiting.js';
import { giveBackSlowly } from './give-back.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Qos } from './qos.js';
import { RateLimiter } from './rate-limiter.js';
import { Redelivery } from './redelivery.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { Revocations } from './revocations.js';
import { Roster } from './roster.js';
import type { RunnableTask } from './runnable-task.js';
import type { Settler } from './settle.js';
import { Strategy } from './strategy.js';
import type { WorkerLog } from './worker-log.js';

export interface DispatcherDeps {
  readonly app: CeleryApp;
  readonly tasks: ReadonlyMap<string, RunnableTask>;
  readonly results: ResultRecorder;
  readonly log: WorkerLog;
  readonly qos: Qos;
  readonly pool: Pool;
  readonly settler: Settler;
  readonly poison: PoisonGuard;
  readonly revocations: Revocations;
  /** The worker's node name. */
  readonly hostname: string;
}

/** Knows every request that the worker has in hand, from receipt until it is settled. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #strategy: Strategy;
  readonly #etas: EtaWaiting;
  readonly #rates: RateLimiter;
  /** Received and neither started nor settled. */
  readonly #reserved = new Roster<Request>();
  /** Started and not settled. */
  readonly #running = new Roster<Request>();
  readonly #redelivery: Redelivery;
  #quiet = false;
  /** Resolves when the broker delivers no more to a worker that is quiet. */
  #paused: Promise<void> = Promise.resolve();

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#etas = new EtaWaiting({ ...deps, release: (request) => this.#dispatch(request) });
    this.#rates = new RateLimiter({ clock: deps.app.clock, start: (request) => this.#submit(request) });
    this.#redelivery = new Redelivery(deps.app, deps.poison, deps.settler, deps.log);
    this.#strategy = new Strategy({
      ...deps,
      dispatch: (request) => this.#dispatch(request),
      hold: (request, eta) => this.#etas.hold(request, eta.getTime()),
    });
  }

  /** Messages that run or wait for a slot. */
  get inHand(): number {
    return this.#reserved.size + this.#running.size;
  }

  receive(delivery: Delivery): void {
    if (this.#quiet) void this.#paused.then(() => delivery.reject({ requeue: true }));
    else this.#strategy.receive(delivery);
  }

  /** What runs now. */
  get running(): Request[] {
    return [...this.#running];
  }

  /** What is in hand and has not started: it waits for its eta, its rate or a slot. */
  get waiting(): Request[] {
    return [...this.#reserved, ...this.#rates.waiting, ...this.#etas.requests];
  }

  /** The task's `rateLimit` is another one now. */
  rateLimitChanged(task: RunnableTask): void {
    this.#rates.changed(task);
  }

  /**
   * From now on nothing starts. What has not started, and what still arrives, goes back to its queue when `paused` resolves: sooner,
   * the broker would send it here again. Resolves when that is done, and the broker has what was on the way to its delay queues.
   */
  async quiet(paused: Promise<void>): Promise<void> {
    this.#quiet = true;
    this.#paused = paused;
    const waiting = this.#takeWaiting();
    const left = this.#etas.quiet();
    await paused;
    for (const request of waiting) request.reject(true);
    await left;
  }

  /** The channel has gone: nothing that has not started may start, nothing in hand may be acknowledged. What runs goes on. */
  lose(): void {
    const unsettled = [...this.#running].filter((request) => !request.settled);
    for (const request of [...this.#etas.lose(), ...this.#takeWaiting(), ...this.#running]) request.lose();
    for (const request of unsettled) this.#afterLoss(request);
  }

  /** Ends what runs and has no outcome; what has one is brought home. */
  cancel(why: Cancellation): void {
    for (const request of this.#running) request.run?.cancel(why);
  }

  /** The messages in hand go back to the broker now: whatever comes of them here comes too late. */
  release(): void {
    for (const request of this.#running) request.lose();
  }

  /** The broker gives its message to another worker; this one is not dead, so it has not been lost to the task. */
  #afterLoss(request: Request): void {
    const { poison, log, app } = this.#deps;
    if (request.counted) void poison.ended(request);
    request.counted = false;
    if (!app.config.workerCancelLongRunningTasksOnConnectionLoss) return;
    const why = 'cannot be acknowledged after a connection loss since late acknowledgement is enabled for it.';
    log.say('WARNING', `${request.label} ${why} Terminating it instead.`);
    request.cutOff = true;
    request.run?.cancel({ kind: 'cancelled', reason: 'cancelled by Celery' });
  }

  #takeWaiting(): Request[] {
    const waiting = [...this.#reserved.takeAll(), ...this.#rates.takeAll(), ...this.#etas.takeAll()];
    this.#deps.pool.clear();
    return waiting;
  }

  #dispatch(request: Request): void {
    if (request.task.rateLimit && !this.#deps.app.config.workerDisableRateLimits) this.#rates.enter(request);
    else this.#submit(request);
  }

  /** False: it was discarded. */
  #submit(request: Request): boolean {
    if (this.#strategy.discards(request)) return false;
    this.#reserved.add(request);
    const { pool, qos, settler } = this.#deps;
    const hooks: JobHooks = {
      onAccepted: (pid, run) => this.#accepted(request, pid, run),
      settle: (outcome, run) => settler.settle(request, outcome, run).then(() => this.#running.delete(request)),
    };
    if (pool.isRemote) hooks.isStillWanted = () => this.#isStillWanted(request);
    pool.run(request, qos.isExact && !request.task.acksLate ? countedHooks(hooks, qos) : hooks);
    return true;
  }

  #accepted(request: Request, pid: number, run: TaskRun): boolean | Promise<boolean> {
    this.#reserved.delete(request);
    if (this.#quiet || this.#strategy.discards(request)) return false;
    if (!request.accept()) return false;
    request.run = run;
    this.#running.add(request);
    return request.task.acksLate ? this.#start(request, pid) : this.#onceAcknowledged(request, pid);
  }

  #start(request: Request, pid: number): boolean | Promise<boolean> {
    return this.#redelivery.concerns(request) ? this.#onceAllowed(request, pid) : this.#begin(request, pid);
  }

  /** Asked when the child that took the task was lost before it began. */
  async #isStillWanted(request: Request): Promise<boolean> {
    const discarded = this.#strategy.discards(request);
    if (!discarded && this.#isOurs(request)) return true;
    return this.#withdraw(request, discarded);
  }

  /** It did not start, so no worker is lost with it. */
  async #withdraw(request: Request, discarded: boolean): Promise<false> {
    if (request.counted) await this.#deps.poison.ended(request);
    await this.#paused;
    if (!discarded) request.reject(true);
    return this.#leave(request);
  }

  /** A handler that ends the process must not come before the ack is written: it would for ever come again. */
  #onceAcknowledged(request: Request, pid: number): boolean | Promise<boolean> {
    const written = request.source.written?.();
    if (!written) return this.#start(request, pid);
    return written.then(() => {
      // it may have been revoked meanwhile; a connection that was lost meanwhile may have taken the ack along: as Celery, we run it
      return this.#strategy.discards(request) ? this.#leave(request) : this.#start(request, pid);
    });
  }

  async #onceAllowed(request: Request, pid: number): Promise<boolean> {
    try {
      const allowed = await this.#redelivery.mayStart(request);
      if (!allowed) return this.#leave(request);
    } catch (error) {
      if (isPassing(error)) return this.#cannotStart(request, error);
      this.#deps.log.say('WARNING', `${request.label} starts unasked: ${String(error)}`);
    }
    const discarded = this.#strategy.discards(request);
    return !discarded && this.#isOurs(request) ? this.#begin(request, pid) : this.#withdraw(request, discarded);
  }

  /** Nobody else has a message with an early ack; one with a late ack goes to another worker when this one stops or its connection is lost. */
  #isOurs(request: Request): boolean {
    return !request.task.acksLate || !(this.#quiet || request.lost);
  }

  async #cannotStart(request: Request, error: unknown): Promise<false> {
    const { log, app } = this.#deps;
    log.say('ERROR', `${request.label} cannot start: ${String(error)} The message goes back to its queue.`);
    await giveBackSlowly(request, app.clock);
    return this.#leave(request);
  }

  #leave(request: Request): false {
    this.#running.delete(request);
    return false;
  }

  #begin(request: Request, pid: number): boolean | Promise<boolean> {
    request.startedAt = this.#deps.app.clock.monotonic();
    if (!this.#deps.results.tracksStart(request)) return true;
    request.started = this.#storeStarted(request, pid);
    // a state that the handler stores over a connection of its own must not come before
    return this.#deps.pool.isRemote ? request.started.then(() => !request.forfeited || this.#leave(request)) : true;
  }

  async #storeStarted(request: Request, pid: number): Promise<void> {
    try {
      await this.#deps.results.started(request, pid);
    } catch (error) {
      this.#deps.log.say('ERROR', `${request.label}: STARTED could not be stored: ${String(error)}`);
    }
  }
}
