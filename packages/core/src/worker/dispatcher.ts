import type { CeleryApp } from '../app/celery-app.js';
import type { Delivery } from '../contracts/broker.js';
import type { Pool } from '../contracts/pool.js';
import { EtaLedger } from './eta-ledger.js';
import type { Qos } from './qos.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
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
  #quiet = false;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#etas = new EtaLedger(deps.app.clock);
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
      if (this.#strategy.inTime(request)) this.#dispatch(request);
      else void this.#strategy.expire(request);
    });
  }

  #dispatch(request: Request): void {
    this.#reserved.add(request);
    this.#deps.pool.run(
      { message: request.message, delivery: request.deliveryInfo },
      {
        onAccepted: (pid) => this.#accepted(request, pid),
        settle: (outcome) => this.#deps.settler.settle(request, outcome).then(() => this.#running.delete(request)),
      },
    );
  }

  #accepted(request: Request, pid: number): boolean | Promise<boolean> {
    this.#reserved.delete(request);
    if (!this.#strategy.inTime(request)) {
      void this.#strategy.expire(request);
      return false;
    }
    if (!request.accept()) return false;
    this.#running.add(request);
    return request.task.acksLate ? this.#begin(request, pid) : this.#onceAcknowledged(request, pid);
  }

  /** A handler that ends the process must not come before the ack is written: it would for ever come again. */
  #onceAcknowledged(request: Request, pid: number): Promise<boolean> {
    return this.#acks.written().then(() => {
      if (!request.lost) return this.#begin(request, pid);
      this.#running.delete(request);
      return false;
    });
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
      this.#deps.log.say('ERROR', `Task ${request.name}[${request.id}]: STARTED could not be stored: ${String(error)}`);
    }
  }
}
