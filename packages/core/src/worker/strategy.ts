import type { CeleryApp } from '../app/celery-app.js';
import type { CelerySignals, SignalName } from '../app/signals.js';
import type { Delivery } from '../contracts/broker.js';
import { hasCode } from '../errors/celery-error.js';
import { NotRegistered } from '../errors/config-errors.js';
import { TaskRevokedError } from '../errors/task-errors.js';
import { toExceptionInfo } from '../protocol/exception-info.js';
import { parseIso } from '../protocol/iso-date.js';
import { decodeTaskMessage, peekTask } from '../protocol/task-message.js';
import type { TaskMessage } from '../protocol/task-message.js';
import { decoding } from './decoding.js';
import { giveBackSlowly } from './give-back.js';
import { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { Revocations } from './revocations.js';
import type { RunnableTask } from './runnable-task.js';
import { tellRevoked } from './tell-revoked.js';
import type { WorkerLog } from './worker-log.js';

export interface StrategyDeps {
  readonly app: CeleryApp;
  readonly tasks: ReadonlyMap<string, RunnableTask>;
  readonly results: ResultRecorder;
  readonly log: WorkerLog;
  readonly revocations: Revocations;
  /** The worker's node name: the sender of its signals. */
  readonly hostname: string;
  /** Takes a request that may run now. */
  dispatch(request: Request): void;
  /** Takes a request that may run at `eta`. */
  hold(request: Request, eta: Date): void;
}

/** What happens to a message on receipt: decoded, known, in time, due? A bad message is refused and told; it never stops the worker. */
export class Strategy {
  readonly #deps: StrategyDeps;
  readonly #decoding: Parameters<typeof decodeTaskMessage>[1];

  constructor(deps: StrategyDeps) {
    this.#deps = deps;
    this.#decoding = decoding(deps.app);
  }

  receive(delivery: Delivery): void {
    const message = this.#decode(delivery);
    if (message === undefined) return;
    const task = this.#deps.tasks.get(message.headers.task);
    if (task === undefined) return this.#unregistered(delivery, message);
    const request = new Request(delivery, message, task);
    if (this.#deps.log.info) this.#deps.log.say('INFO', `Task ${request.name}[${request.id}] received`);
    try {
      this.#schedule(request);
    } catch (error) {
      this.#refuse(delivery, error);
    }
  }

  /** Revoked, expired, held for its eta, or due. @throws InvalidTaskError for an eta or expiry that is no date */
  #schedule(request: Request): void {
    const { eta } = request.message.headers;
    if (this.discards(request)) return;
    this.#tellReceived(request);
    if (eta === null) this.#deps.dispatch(request);
    else this.#deps.hold(request, parseIso(eta));
  }

  /** Ends a request that was revoked or has expired; asked on receipt, when its eta has come, and just before it starts. */
  discards(request: Request): boolean {
    const { expires } = request.message.headers;
    const reason = this.#deps.revocations.has(request.id)
      ? 'revoked'
      : expires !== null && parseIso(expires) < this.#deps.app.clock.now()
        ? 'expired'
        : undefined;
    if (reason === undefined) return false;
    void this.#discard(request, reason);
    return true;
  }

  /** REVOKED, as Celery calls what came too late, too. */
  async #discard(request: Request, reason: 'revoked' | 'expired'): Promise<void> {
    const { app, results, log } = this.#deps;
    log.say('INFO', `Discarding revoked task: ${request.name}[${request.id}] (${reason})`);
    try {
      await results.revoked(request, toExceptionInfo(new TaskRevokedError(reason)));
      request.ack();
      tellRevoked(app, request, { terminated: false, signum: null, expired: reason === 'expired' });
    } catch (error) {
      log.say('ERROR', `${request.label}: REVOKED could not be stored: ${String(error)}`);
      await giveBackSlowly(request, app.clock);
    }
  }

  #decode(delivery: Delivery): TaskMessage | undefined {
    try {
      return decodeTaskMessage(delivery.message, this.#decoding);
    } catch (error) {
      this.#refuse(delivery, error);
      return undefined;
    }
  }

  /** Celery's ways: undecodable bytes are acknowledged, everything else is rejected without requeue (a dead letter exchange may keep it). */
  #refuse(delivery: Delivery, error: unknown): void {
    const known = peekTask(delivery.message);
    const what = known ? `Task ${known.name}[${known.id}]` : `A message`;
    this.#deps.log.say('CRITICAL', `${what} on queue '${delivery.queue}' was discarded: ${String(error)}`);
    if (hasCode(error, 'DECODE_ERROR')) delivery.ack();
    else {
      delivery.reject({ requeue: false });
      this.#tell('task_rejected', { message: delivery.message, exc: error });
    }
  }

  #tellReceived({ id, message }: Request): void {
    if (!this.#deps.app.signals.has('task_received')) return;
    const { headers, args, kwargs } = message;
    this.#tell('task_received', { request: { id, name: headers.task, args, kwargs } });
  }

  /** A message does not wait for the receivers. */
  #tell<S extends SignalName>(name: S, payload: CelerySignals[S]): void {
    const { app, hostname } = this.#deps;
    if (app.signals.has(name)) void app.signals.send(name, hostname, payload);
  }

  #unregistered(delivery: Delivery, message: TaskMessage): void {
    const { results, log } = this.#deps;
    const { task, id } = message.headers;
    log.say(
      'ERROR',
      `Received unregistered task of type '${task}' [${id}] on queue '${delivery.queue}'. It was discarded: is its class among the providers of this worker?`,
    );
    delivery.reject({ requeue: false });
    const exc = new NotRegistered(task);
    this.#tell('task_unknown', { message: delivery.message, exc, name: task, id });
    results
      .unregistered(message, toExceptionInfo(exc))
      .catch((error: unknown) =>
        log.say('ERROR', `Task ${task}[${id}]: FAILURE could not be stored: ${String(error)}`),
      );
  }
}
