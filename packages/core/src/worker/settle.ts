import type { CeleryApp } from '../app/celery-app.js';
import type { TaskCall } from '../app/task-call.js';
import { retryCall } from '../canvas/retry-call.js';
import { abandonedSteps, errbacksOf } from '../canvas/successors.js';
import type { Outcome, TaskRun } from '../contracts/pool.js';
import { hasCode } from '../errors/celery-error.js';
import { isPassing } from '../errors/is-passing.js';
import { Retry, TaskRevokedError, TimeLimitExceeded, WorkerLostError } from '../errors/task-errors.js';
import { pythonTraceback } from '../protocol/traceback.js';
import { Conclusion } from './conclusion.js';
import { giveBackSlowly } from './give-back.js';
import type { PoisonGuard } from './poison-guard.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { RunnableTask } from './runnable-task.js';
import { RunningTask } from './running-task.js';
import { tellRevoked } from './tell-revoked.js';
import { successorCalls } from './successor-calls.js';
import type { WorkerLog } from './worker-log.js';

type Of<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;

export interface SettlerDeps {
  readonly app: CeleryApp;
  /** The worker's node name. */
  readonly hostname: string;
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
    return settled.catch((error: unknown) => this.#unsettled(request, error, run));
  }

  async #settle(request: Request, outcome: Outcome, run: TaskRun): Promise<void> {
    const stored = await this.#store(request, request.forfeited ? unlessSuperseded(outcome) : outcome);
    if (run.conclude) await run.conclude(told(stored, this.deps.app));
    else if (outcome.kind === 'lost' || outcome.kind === 'timeout') await this.#concludeHere(request, stored);
    this.#acknowledge(request, stored);
    if (request.counted) await this.deps.poison.ended(request);
    this.#tell(request, stored);
    if (stored.kind === 'terminated') {
      tellRevoked(this.deps.app, request, { terminated: true, signum: stored.signal, expired: false });
    }
  }

  /** Sends and stores what the outcome asks for; returns the outcome that was stored, as a result may turn out to be none. */
  #store(request: Request, outcome: Outcome): Promise<Outcome> | Outcome {
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
        return this.#terminated(request, outcome);
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
      const successors = successorCalls(request.message, outcome.result, this.deps.app);
      if (successors.length > 0) children = [...children, ...(await this.#publish(successors))];
      await this.deps.results.success(request, outcome.result, children);
      return outcome;
    } catch (error) {
      // what could not be reached may be reached later; what is refused would be refused again
      if (hasCode(error, 'BACKEND_UNAVAILABLE')) throw error;
      return this.#failure(request, failureOf(error, this.deps.app));
    }
  }

  /** A store that refuses even this would refuse it again: the task is over all the same. */
  async #failure(request: Request, outcome: Of<'failure'>): Promise<Outcome> {
    try {
      await this.deps.results.failure(request, outcome.exc, outcome.traceback, abandonedSteps(request.message));
    } catch (error) {
      if (isPassing(error)) throw error;
      this.deps.log.say('CRITICAL', `${request.label}: FAILURE could not be stored, and never will: ${String(error)}`);
    }
    await this.#callErrbacks(request);
    return outcome;
  }

  /**
   * RETRY is stored first: the next run may be over before this one is, and its state is the one to stay. What cannot be had now
   * leaves a late-ack message with the broker; what would never work, and what an early ack leaves no time for, is a failure.
   */
  async #retry(request: Request, outcome: Of<'retry'>): Promise<Outcome> {
    try {
      await this.deps.results.retry(request, outcome.exc, outcome.traceback);
      await this.#publish([retryCall(request.message, request.delivery, outcome.plan)]);
      return outcome;
    } catch (error) {
      if (request.task.acksLate && isPassing(error)) throw error;
      return this.#failure(request, failureOf(error, this.deps.app));
    }
  }

  async #timeout(request: Request, outcome: Of<'timeout'>): Promise<Outcome> {
    await this.#failure(request, timeLimitFailure(outcome, this.deps.app));
    return outcome;
  }

  async #lost(request: Request, outcome: Of<'lost'>): Promise<Outcome> {
    const { task } = request;
    if (task.acksLate && task.rejectOnWorkerLost && (await this.deps.poison.sendAgain(request))) return outcome;
    const error = new WorkerLostError(`Worker exited prematurely: ${outcome.reason}.`);
    return this.#failure(request, failureOf(error, this.deps.app));
  }

  async #terminated(request: Request, outcome: Of<'terminated'>): Promise<Outcome> {
    await this.deps.results.revoked(request, this.#info(new TaskRevokedError('terminated')));
    return outcome;
  }

  /** RETRY, though nothing sends it again: Celery's way. A late-ack message goes back to its queue instead; what another worker makes of it is the state. */
  async #cancelled(request: Request, { reason }: Of<'cancelled'>): Promise<Outcome> {
    if (request.task.acksLate && !request.cutOff) return { kind: 'cancelled', reason };
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

  #info(error: unknown) {
    return this.deps.app.exceptions.toInfo(error);
  }

  /** Who ran it is gone: its hooks and signals are called here. */
  async #concludeHere(request: Request, stored: Outcome): Promise<void> {
    const { app, hostname } = this.deps;
    if (stored.kind === 'lost' || !Conclusion.isWanted(app, request.task)) return;
    const context = new RunningTask(request, request.task, { app, hostname });
    await new Conclusion(app, request.task, context).tell(told(stored, app), undefined);
  }

  /** The outcome is not safe: a message that is not acknowledged yet must not be lost. */
  async #unsettled(request: Request, error: unknown, run: TaskRun): Promise<void> {
    const { poison, log, app } = this.deps;
    const { acksLate } = request.task;
    const back = acksLate && isPassing(error);
    const what = back ? 'The message goes back to its queue' : 'The result is lost';
    log.say('ERROR', `${request.label} could not be settled: ${String(error)} ${what}.`);
    if (!back && run.conclude) await run.conclude(failureOf(error, app));
    if (request.counted) await poison.ended(request);
    if (back) await giveBackSlowly(request, app.clock);
    else request.ack();
  }
}

/** Celery, too, makes a failure of a result that cannot be stored and of a successor that cannot be sent. */
function failureOf(error: unknown, { exceptions }: CeleryApp): Of<'failure'> {
  return { kind: 'failure', exc: exceptions.toInfo(error), traceback: pythonTraceback(error), expected: false };
}

function timeLimitFailure({ limit }: Of<'timeout'>, app: CeleryApp): Of<'failure'> {
  return failureOf(new TimeLimitExceeded(limit), app);
}

/** What hooks and signals hear of an outcome: a time limit is a failure. */
function told(outcome: Outcome, app: CeleryApp): Outcome {
  return outcome.kind === 'timeout' ? timeLimitFailure(outcome, app) : outcome;
}

/** A run without its message: the broker gives that to another worker, and only a success of this one is worth keeping. Its retry would be a second task. */
function unlessSuperseded(outcome: Outcome): Outcome {
  const { kind } = outcome;
  if (kind === 'success' || kind === 'terminated' || kind === 'cancelled') return outcome;
  return { kind: 'cancelled', reason: `its ${kind} does not count, as its message went back to the broker` };
}
