import type { CeleryApp } from '../app/celery-app.js';
import type { PublishTimeout } from '../errors/broker-errors.js';
import { hasCode } from '../errors/celery-error.js';
import { DelayQueues } from './delay-queues.js';
import type { Held } from './eta-heap.js';
import { EtaLedger } from './eta-ledger.js';
import type { Qos } from './qos.js';
import type { Request } from './request.js';
import type { WorkerLog } from './worker-log.js';

/** Milliseconds until a message that the broker did not take back is offered again. */
const PAUSE_MS = 30_000;

export interface EtaWaitingDeps {
  readonly app: CeleryApp;
  readonly qos: Qos;
  readonly log: WorkerLog;
  /** Takes a request whose eta has come. */
  release(request: Request): void;
}

/** A message on its way to the broker. */
interface Leaving {
  readonly request: Request;
  readonly eta: number;
  readonly level: number;
  readonly raised: boolean;
}

/** Where tasks wait for their eta: here, as in Celery, or at the broker when they are too many or their time is too far away. */
export class EtaWaiting {
  readonly #deps: EtaWaitingDeps;
  readonly #ledger: EtaLedger;
  readonly #delays: DelayQueues;
  /** On their way to the broker. */
  readonly #leaving = new Map<Request, Promise<void>>();
  readonly #holdMs: number;
  readonly #most: number;
  #raised = 0;
  #quiet = false;
  #toldAt = -Infinity;

  constructor(deps: EtaWaitingDeps) {
    const { workerEtaHoldLimit, workerEtaTaskLimit } = deps.app.config;
    this.#deps = deps;
    this.#ledger = new EtaLedger(deps.app.clock, (held) => this.#onDue(held));
    this.#delays = new DelayQueues(deps.app);
    this.#holdMs = (workerEtaHoldLimit || Infinity) * 1000;
    this.#most = workerEtaTaskLimit ?? Infinity;
  }

  /** Who waits here: Celery's `scheduled`. */
  get requests(): Request[] {
    return [...this.#ledger].map(({ request }) => request);
  }

  /** @param eta before which the request is not to run; milliseconds, wall clock */
  hold(request: Request, eta: number): void {
    const raised = this.#raise();
    const level = this.#levelAtBroker(eta, raised);
    if (level === undefined) this.#ledger.hold({ request, due: eta, eta, raised });
    else this.#leave({ request, eta, level, raised });
  }

  /** Gives back who waits here. Who is on the way to the broker comes back to its queue by itself when it does not get there. */
  takeAll(): Request[] {
    this.#raised = 0;
    return this.#ledger.clear();
  }

  /** The channel has gone: what is on the way to the broker is also in its queue again. */
  lose(): Request[] {
    const leaving = [...this.#leaving.keys()];
    this.#leaving.clear();
    return [...this.takeAll(), ...leaving];
  }

  /** From now on nobody is held. Resolves when nobody is on the way to the broker any more. */
  async quiet(): Promise<void> {
    this.#quiet = true;
    await Promise.all(this.#leaving.values());
  }

  /** At which level to wait at the broker; undefined: here. */
  #levelAtBroker(eta: number, raised: boolean): number | undefined {
    const left = eta - this.#now();
    const stays = raised && left <= this.#holdMs;
    return stays || !this.#delays.available ? undefined : this.#delays.level(left / 1000);
  }

  /** Beyond the limit a waiting task takes the place of one that could run. */
  #raise(): boolean {
    if (this.#raised >= Math.min(this.#most, this.#deps.qos.holdLimit)) return false;
    this.#raised++;
    this.#deps.qos.increment();
    return true;
  }

  #lower(raised: boolean): void {
    if (!raised) return;
    this.#raised--;
    this.#deps.qos.decrement();
  }

  #onDue({ request, eta, raised }: Held): void {
    this.#lower(raised);
    if (eta > this.#now()) this.hold(request, eta);
    else this.#deps.release(request);
  }

  #leave(leaving: Leaving): void {
    const left = this.#delays.send(leaving.request, leaving.level).then(
      () => this.#left(leaving),
      (error: unknown) => this.#stays(leaving, error),
    );
    this.#leaving.set(leaving.request, left);
  }

  #left({ request, raised }: Leaving): void {
    if (!this.#leaving.delete(request)) return;
    request.ack();
    this.#lower(raised);
  }

  /** It was not taken: the message is held here, and offered again after a while. If it may have arrived, each offer could make it two. */
  #stays({ request, eta, raised }: Leaving, error: unknown): void {
    if (!this.#leaving.delete(request)) return;
    this.#tell(request, error);
    const next = mayHaveArrived(error) ? eta : Math.min(eta, this.#now() + PAUSE_MS);
    if (this.#quiet) request.reject(true);
    else this.#ledger.hold({ request, due: next, eta, raised });
  }

  /** Of thousands that the broker does not take for one reason, one line is enough. */
  #tell({ label }: Request, error: unknown): void {
    const now = this.#now();
    if (now - this.#toldAt < PAUSE_MS) return;
    this.#toldAt = now;
    const why = `the broker did not take it: ${String(error)}`;
    this.#deps.log.say('WARNING', `${label} waits for its eta in this worker, and maybe others, as ${why}`);
  }

  #now(): number {
    return this.#deps.app.clock.now().getTime();
  }
}

const mayHaveArrived = (error: unknown): boolean => hasCode(error, 'PUBLISH_TIMEOUT') && (error as PublishTimeout).sent;
