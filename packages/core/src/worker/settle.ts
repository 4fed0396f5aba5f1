import type { CeleryApp } from '../app/celery-app.js';
import { abandonedSteps, errbacksOf, successorsOf } from '../canvas/successors.js';
import type { Outcome } from '../contracts/pool.js';
import type { TaskCall } from '../app/task-call.js';
import { hasCode } from '../errors/celery-error.js';
import { pythonTraceback } from '../protocol/traceback.js';
import { giveBackSlowly } from './give-back.js';
import type { Request } from './request.js';
import type { ResultRecorder } from './result-recorder.js';
import type { RunnableTask } from './runnable-task.js';
import type { WorkerLog } from './worker-log.js';

type Success = Extract<Outcome, { kind: 'success' }>;
type Failure = Extract<Outcome, { kind: 'failure' }>;

/** Brings an outcome home, in Celery's order: successors, result, acknowledgement, log. One function for each kind. */
export class Settler {
  constructor(
    private readonly app: CeleryApp,
    private readonly tasks: ReadonlyMap<string, RunnableTask>,
    private readonly results: ResultRecorder,
    private readonly log: WorkerLog,
  ) {}

  /** Never rejects: what cannot be stored leaves a late-ack message with the broker. */
  settle(request: Request, outcome: Outcome): Promise<void> {
    const { started } = request;
    const settled = started ? started.then(() => this.#byKind(request, outcome)) : this.#byKind(request, outcome);
    return settled.catch((error: unknown) => this.#keepMessage(request, error));
  }

  #byKind(request: Request, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'success':
        return this.#success(request, outcome);
      case 'failure':
        return this.#failure(request, outcome);
      case 'ignore':
        return this.#ignore(request);
      case 'reject':
        return this.#reject(request, outcome);
      default:
        return outcome satisfies never;
    }
  }

  async #success(request: Request, outcome: Success): Promise<void> {
    let children = outcome.children;
    try {
      const successors = successorsOf(request.message, outcome.value);
      if (successors.length > 0) children = [...children, ...(await this.#publish(successors))];
      await this.results.success(request, outcome.result, children);
    } catch (error) {
      // what could not be reached may be reached later; what is refused would be refused again
      if (hasCode(error, 'BACKEND_UNAVAILABLE')) throw error;
      return this.#failure(request, this.#unsettled(error));
    }
    request.ack();
    if (this.log.info)
      this.log.say(
        'INFO',
        `Task ${request.name}[${request.id}] succeeded in ${this.#runtime(request)}s: ${shorten(outcome.result.data)}`,
      );
  }

  async #failure(request: Request, outcome: Failure): Promise<void> {
    await this.results.failure(request, outcome.exc, outcome.traceback, abandonedSteps(request.message));
    await this.#callErrbacks(request);
    if (request.task.acksOnFailure) request.ack();
    else request.reject(false);
    const { exc_type, exc_message } = outcome.exc;
    const raised = `${exc_type}(${JSON.stringify(exc_message)})`;
    if (outcome.expected) this.log.say('INFO', `Task ${request.name}[${request.id}] raised expected: ${raised}`);
    else
      this.log.say('ERROR', `Task ${request.name}[${request.id}] raised unexpected: ${raised}\n${outcome.traceback}`);
  }

  async #ignore(request: Request): Promise<void> {
    request.ack();
    this.log.say('INFO', `Task ${request.name}[${request.id}] ignored`);
  }

  async #reject(request: Request, { requeue, reason }: Extract<Outcome, { kind: 'reject' }>): Promise<void> {
    request.reject(requeue);
    this.log.say('INFO', `Task ${request.name}[${request.id}] rejected, requeue=${requeue}: ${reason}`);
  }

  /** The failure stands, whether they can be called or not. */
  async #callErrbacks(request: Request): Promise<void> {
    try {
      await this.#publish(errbacksOf(request.message));
    } catch (error) {
      this.log.say('ERROR', `Task ${request.name}[${request.id}]: an errback could not be sent: ${String(error)}`);
    }
  }

  /** A task that is registered here is sent with its own options. */
  async #publish(calls: readonly TaskCall[]) {
    const send = (call: TaskCall) => this.app.publish(call, this.tasks.get(call.name)?.definition.options);
    const published = await Promise.all(calls.map(send));
    return published.map((result) => result.asTuple());
  }

  /** Celery, too, makes a failure of a result that cannot be stored and of a successor that cannot be sent. */
  #unsettled(error: unknown): Failure {
    return {
      kind: 'failure',
      exc: this.app.exceptions.toInfo(error),
      traceback: pythonTraceback(error),
      expected: false,
    };
  }

  /** The result is not safe, so the message must not be lost. */
  async #keepMessage(request: Request, error: unknown): Promise<void> {
    const back = request.task.acksLate
      ? 'The message goes back to its queue'
      : 'It was acknowledged before: the result is lost';
    this.log.say('ERROR', `Task ${request.name}[${request.id}] could not be settled: ${String(error)} ${back}.`);
    if (request.task.acksLate) await giveBackSlowly(request, this.app.clock);
  }

  #runtime(request: Request): string {
    return ((this.app.clock.monotonic() - request.startedAt) / 1000).toFixed(6);
  }
}

function shorten(data: string | Buffer): string {
  const text = data.toString();
  return text.length > 1024 ? `${text.slice(0, 1021)}...` : text;
}
