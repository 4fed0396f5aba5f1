import type { CeleryApp } from '../app/celery-app.js';
import type { Delivery } from '../contracts/broker.js';
import type { Pool, TaskRun } from '../contracts/pool.js';
import { EtaLedger } from './eta-ledger.js';
import { giveBackSlowly } from './give-back.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Qos } from './qos.js';
import { Redelivery } from './redelivery.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { Revocations } from './revocations.js';
import { Roster } from './roster.js';
import type { RunnableTask } from './runnable-task.js';
import type { Settler } from './settle.js';
import { Strategy } from './strategy.js';
import type { WorkerLog } from './worker-log.js';
import { WrittenAcks } from './written-acks.js';

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
}

/** Knows every request that the worker has in hand, from receipt until it is settled. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #strategy: Strategy;
  readonly #etas: EtaLedger;
  /** Received and neither started nor settled. */
  readonly #reserved = new Roster<Request>();
  /** Started and not settled. */
  readonly #running = new Roster<Request>();
  readonly #acks = new WrittenAcks();
  readonly #redelivery: Redelivery;
  #quiet = false;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#etas = new EtaLedger(deps.app.clock);
    this.#redelivery = new Redelivery(deps.app, deps.poison, deps.log);
    this.#strategy = new Strategy({
      ...deps,
      dispatch: (request) => this.#dispatch(request),
      hold: (request, eta) => this.#hold(request, eta),
    });
  }

  receive(delivery: Delivery): void {
    if (this.#quiet) delivery.reject({ requeue: true });
    else this.#strategy.receive(delivery);
  }

  /** From now on nothing starts: what has not started, and what still arrives, goes back to its queue. */
  quiet(): void {
    this.#quiet = true;
    for (const request of this.#takeWaiting()) request.reject(true);
  }

  /** The channel has gone: nothing that has not started may start, nothing in hand may be acknowledged. */
  lose(): void {
    for (const request of [...this.#takeWaiting(), ...this.#running]) request.lose();
  }

  #takeWaiting(): Request[] {
    const waiting = [...this.#reserved.takeAll(), ...this.#etas.clear()];
    this.#deps.pool.clear();
    return waiting;
  }

  #hold(request: Request, eta: Date): void {
    this.#deps.qos.increment();
    this.#etas.hold(request, eta, () => {
      this.#deps.qos.decrement();
      this.#dispatch(request);
    });
  }

  #dispatch(request: Request): void {
    if (this.#strategy.discards(request)) return;
    this.#reserved.add(request);
    this.#deps.pool.run(request, {
      onAccepted: (pid, run) => this.#accepted(request, pid, run),
      settle: (outcome, run) =>
        this.#deps.settler.settle(request, outcome, run).then(() => this.#running.delete(request)),
    });
  }

  #accepted(request: Request, pid: number, run: TaskRun): boolean | Promise<boolean> {
    this.#reserved.delete(request);
    if (this.#strategy.discards(request)) return false;
    if (!request.accept()) return false;
    request.run = run;
    this.#running.add(request);
    if (!request.task.acksLate) return this.#onceAcknowledged(request, pid);
    return this.#redelivery.concerns(request) ? this.#onceAllowed(request, pid) : this.#begin(request, pid);
  }

  /** A handler that ends the process must not come before the ack is written: it would for ever come again. */
  #onceAcknowledged(request: Request, pid: number): Promise<boolean> {
    return this.#acks.written().then(() => (request.lost ? this.#leave(request) : this.#begin(request, pid)));
  }

  async #onceAllowed(request: Request, pid: number): Promise<boolean> {
    try {
      if (await this.#redelivery.mayStart(request)) return this.#begin(request, pid);
    } catch (error) {
      this.#deps.log.say(
        'ERROR',
        `${request.label} cannot start: ${String(error)} The message goes back to its queue.`,
      );
      await giveBackSlowly(request, this.#deps.app.clock);
    }
    return this.#leave(request);
  }

  #leave(request: Request): false {
    this.#running.delete(request);
    return false;
  }

  #begin(request: Request, pid: number): boolean {
    request.startedAt = this.#deps.app.clock.monotonic();
    if (this.#deps.results.tracksStart(request)) request.started = this.#storeStarted(request, pid);
    return true;
  }

  async #storeStarted(request: Request, pid: number): Promise<void> {
    try {
      await this.#deps.results.started(request, pid);
    } catch (error) {
      this.#deps.log.say('ERROR', `${request.label}: STARTED could not be stored: ${String(error)}`);
    }
  }
}
