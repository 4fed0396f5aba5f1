import type { CeleryApp } from '../app/celery-app.js';
import type { TaskCall } from '../app/task-call.js';
import { retryCall } from '../canvas/retry-call.js';
import { abandonedSteps, errbacksOf, successorsOf } from '../canvas/successors.js';
import type { Outcome, TaskRun } from '../contracts/pool.js';
import { hasCode } from '../errors/celery-error.js';
import { Retry, TaskRevokedError, TimeLimitExceeded, WorkerLostError } from '../errors/task-errors.js';
import { pythonTraceback } from '../protocol/traceback.js';
import { giveBackSlowly } from './give-back.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { RunnableTask } from './runnable-task.js';
import type { WorkerLog } from './worker-log.js';

type Of<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;

export interface SettlerDeps {
  readonly app: CeleryApp;
  readonly tasks: ReadonlyMap<string, RunnableTask>;
  readonly results: ResultRecorder;
  readonly poison: PoisonGuard;
  readonly log: WorkerLog;
}

/** Brings an outcome home, in Celery's order: what is to be sent, the result, the task's hooks, the acknowledgement, the log. */
export class Settler {
  constructor(private readonly deps: SettlerDeps) {}

  /** Never rejects: what cannot be stored leaves a late-ack message with the broker. */
  settle(request: Request, outcome: Outcome, run: TaskRun): Promise<void> {
    const { started } = request;
    const settled = started
      ? started.then(() => this.#settle(request, outcome, run))
      : this.#settle(request, outcome, run);
    return settled.catch((error: unknown) => this.#keepMessage(request, error));
  }

  async #settle(request: Request, outcome: Outcome, run: TaskRun): Promise<void> {
    const stored = await this.#store(request, outcome);
    if (run.conclude) await run.conclude(stored);
    this.#acknowledge(request, stored);
    if (request.counted) await this.deps.poison.ended(request);
    this.#tell(request, stored);
  }

  /** Sends and stores what the outcome asks for; returns the outcome that was stored, as a result may turn out to be none. */
  async #store(request: Request, outcome: Outcome): Promise<Outcome> {
    switch (outcome.kind) {
      case 'success':
        return this.#success(request, outcome);
      case 'failure':
        return this.#failure(request, outcome);
      case 'retry':
        return this.#retry(request, outcome);
      case 'timeout':
        return this.#timeout(request, outcome);
      case 'lost':
        return this.#lost(request, outcome);
      case 'terminated':
        await this.deps.results.revoked(request, this.#info(new TaskRevokedError('terminated')));
        return outcome;
      case 'cancelled':
        return this.#cancelled(request, outcome);
      case 'ignore':
      case 'reject':
        return outcome;
      default:
        return outcome satisfies never;
    }
  }

  async #success(request: Request, outcome: Of<'success'>): Promise<Outcome> {
    let { children } = outcome;
    try {
      const successors = this.#successors(request, outcome);
      if (successors.length > 0) children = [...children, ...(await this.#publish(successors))];
      await this.deps.results.success(request, outcome.result, children);
      return outcome;
    } catch (error) {
      // what could not be reached may be reached later; what is refused would be refused again
      if (hasCode(error, 'BACKEND_UNAVAILABLE')) throw error;
      return this.#failure(request, this.#failed(error));
    }
  }

  /** They take the value as it was stored. */
  #successors({ message }: Request, { result }: Of<'success'>): TaskCall[] {
    const { callbacks, chain } = message.embed;
    if (!callbacks && !chain) return [];
    const { content, config } = this.deps.app;
    const limits = { maxBytes: Infinity, maxDepth: config.messageMaxDepth };
    return successorsOf(
      message,
      content.decode(result, { accept: content.acceptSet([result.contentType]), ...limits }),
    );
  }

  async #failure(request: Request, outcome: Of<'failure'>): Promise<Outcome> {
    await this.deps.results.failure(request, outcome.exc, outcome.traceback, abandonedSteps(request.message));
    await this.#callErrbacks(request);
    return outcome;
  }

  /** RETRY is stored first: the next run may be over before this one is, and its state is the one to stay. */
  async #retry(request: Request, outcome: Of<'retry'>): Promise<Outcome> {
    const { acksLate } = request.task;
    try {
      await this.deps.results.retry(request, outcome.exc, outcome.traceback);
    } catch (error) {
      if (acksLate) throw error;
      this.deps.log.say('ERROR', `${request.label}: RETRY could not be stored: ${String(error)}`);
    }
    try {
      await this.#publish([retryCall(request.message, request.delivery, outcome.plan)]);
      return outcome;
    } catch (error) {
      if (acksLate) throw error;
      return this.#failure(request, this.#failed(error));
    }
  }

  async #timeout(request: Request, outcome: Of<'timeout'>): Promise<Outcome> {
    await this.#failure(request, this.#failed(new TimeLimitExceeded(outcome.limit)));
    return outcome;
  }

  async #lost(request: Request, outcome: Of<'lost'>): Promise<Outcome> {
    const { task } = request;
    if (task.acksLate && task.rejectOnWorkerLost && (await this.deps.poison.sendAgain(request))) return outcome;
    return this.#failure(request, this.#failed(new WorkerLostError(`Worker exited prematurely: ${outcome.reason}.`)));
  }

  /** RETRY, though nothing sends it again: Celery's way. A late-ack message goes back to its queue instead; what another worker makes of it is the state. */
  async #cancelled(request: Request, { reason }: Of<'cancelled'>): Promise<Outcome> {
    if (request.task.acksLate && !request.lost) return { kind: 'cancelled', reason };
    const plan = { options: {} };
    const exc = this.#info(new Retry(plan, undefined, reason));
    await this.deps.results.retry(request, exc, '');
    return { kind: 'retry', plan, exc, traceback: '', reason };
  }

  /** Celery's matrix of late acks; an early one was sent before the task ran. */
  #acknowledge(request: Request, outcome: Outcome): void {
    const { acksOnFailure } = request.task;
    if (outcome.kind === 'reject') request.reject(outcome.requeue);
    else if (outcome.kind === 'failure' && !acksOnFailure) request.reject(false);
    else if (outcome.kind === 'timeout' && !acksOnFailure) request.reject(true);
    else if (outcome.kind !== 'cancelled') request.ack();
  }

  #tell(request: Request, outcome: Outcome): void {
    this.deps.log.outcome(request, outcome, this.deps.app.clock.monotonic() - request.startedAt);
  }

  /** The failure stands, whether they can be called or not. */
  async #callErrbacks(request: Request): Promise<void> {
    try {
      await this.#publish(errbacksOf(request.message));
    } catch (error) {
      this.deps.log.say('ERROR', `${request.label}: an errback could not be sent: ${String(error)}`);
    }
  }

  /** A task that is registered here is sent with its own options. */
  async #publish(calls: readonly TaskCall[]) {
    const { app, tasks } = this.deps;
    const send = (call: TaskCall) => app.publish(call, tasks.get(call.name)?.definition.options);
    const published = await Promise.all(calls.map(send));
    return published.map((result) => result.asTuple());
  }

  /** Celery, too, makes a failure of a result that cannot be stored and of a successor that cannot be sent. */
  #failed(error: unknown): Of<'failure'> {
    return { kind: 'failure', exc: this.#info(error), traceback: pythonTraceback(error), expected: false };
  }

  #info(error: unknown) {
    return this.deps.app.exceptions.toInfo(error);
  }

  /** The result is not safe, so the message must not be lost. */
  async #keepMessage(request: Request, error: unknown): Promise<void> {
    const { acksLate } = request.task;
    const back = acksLate ? 'The message goes back to its queue' : 'It was acknowledged before: the result is lost';
    this.deps.log.say('ERROR', `${request.label} could not be settled: ${String(error)} ${back}.`);
    if (acksLate) await giveBackSlowly(request, this.deps.app.clock);
  }
}
