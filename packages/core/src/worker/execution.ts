import { AsyncResult } from '../app/async-result.js';
import { runInTask } from '../app/task-context.js';
import { compositeSuccessor } from '../canvas/successors.js';
import type { Cancel } from '../contracts/clock.js';
import type { Cancellation, LocalTaskRun, Outcome, PoolJob } from '../contracts/pool.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded } from '../errors/task-errors.js';
import { Conclusion } from './conclusion.js';
import { encodeResult } from './encode-result.js';
import { outcomeOf } from './outcome-of.js';
import type { RunnableTask } from './runnable-task.js';
import { RunningTask } from './running-task.js';
import type { TaskSurroundings } from './running-task.js';
import { within } from '../time/within.js';
import { fromNow } from '../time/from-now.js';

/** One run of one task in this process, from before its handler to after its hooks. Celery's `trace_task`. */
export class Execution implements LocalTaskRun {
  readonly #context: RunningTask;
  #timers: Cancel[] | undefined;
  #resolve: ((outcome: Outcome) => void) | undefined;
  #state: 'new' | 'running' | 'ended' = 'new';
  /** Tells whoever waits for the end of a handler that was given up. */
  #onEnd: (() => void) | undefined;
  /** It is over before it has begun. */
  #cancelled: Cancellation | undefined;
  #value: unknown;

  constructor(
    private readonly job: PoolJob,
    private readonly task: RunnableTask,
    private readonly surroundings: TaskSurroundings,
  ) {
    this.#context = new RunningTask(job, task, surroundings);
  }

  get label(): string {
    return `${this.#context.name}[${this.#context.id}]`;
  }

  get ended(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    return new Promise((resolve) => (this.#onEnd = resolve));
  }

  /** What the handler returned or threw; undefined before that. */
  get value(): unknown {
    return this.#value;
  }

  start(): Promise<Outcome> {
    if (this.#cancelled) {
      this.#state = 'ended';
      return Promise.resolve(this.#cancelled);
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#state = 'running';
      this.#limit();
      this.#run();
    });
  }

  cancel(why: Cancellation): void {
    if (this.#state === 'new') this.#cancelled ??= why;
    if (!this.#resolve) return;
    this.#context.abort(new TaskRevokedError(why.kind === 'terminated' ? 'terminated' : why.reason));
    this.#give(why);
  }

  get conclude(): LocalTaskRun['conclude'] {
    const { app } = this.surroundings;
    if (!Conclusion.isWanted(app, this.task)) return undefined;
    return (outcome) => this.#atMost(new Conclusion(app, this.task, this.#context).tell(outcome, this.#value));
  }

  /** Hooks have the hard time limit once more: one that never ends must not keep its slot. */
  async #atMost(concluded: Promise<void>): Promise<void> {
    const { hard } = this.job.limits;
    if (hard === null) return concluded;
    const { clock, logger } = this.surroundings.app;
    const until = fromNow(clock, hard * 1000);
    const ended = concluded.then(() => true);
    await within(until, clock, ended);
    if (!(await Promise.race([ended, false])))
      logger.error(`${this.label}: its hooks take longer than ${hard}s and are waited for no longer.`);
  }

  /** No async function: each promise more is paid by every task. */
  #run(): void {
    try {
      refuseComposite(compositeSuccessor(this.job.message));
      const returned = runInTask(this.#context, () => this.#call());
      if (!isPromise(returned)) return this.#succeed(returned);
      returned.then(
        (value) => this.#succeed(value),
        (thrown: unknown) => this.#fail(thrown),
      );
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** A value that cannot be written is a failure, too. */
  #succeed(value: unknown): void {
    this.#value = value;
    try {
      this.#end(success(this, value));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    this.#end(this.#outcomeOf(thrown));
  }

  #end(outcome: Outcome): void {
    this.#state = 'ended';
    this.#give(outcome);
    this.#onEnd?.();
  }

  /** A thrown Proxy, or a getter, may itself throw when it is looked at: then an error that says so takes its place. */
  #outcomeOf(thrown: unknown): Outcome {
    const { app } = this.surroundings;
    try {
      this.#value = this.#context.reasonOf(thrown);
      return outcomeOf(this.#value, app, this.task, this.#context);
    } catch {
      this.#value = new Error('The task threw an object that cannot be read.');
      return outcomeOf(this.#value, app, this.task, this.#context);
    }
  }

  encode(value: unknown): Outcome {
    const { app } = this.surroundings;
    const result = encodeResult(app, this.#context.name, value);
    return { kind: 'success', result, children: this.#context.recordedChildren };
  }

  #call(): unknown {
    const { message } = this.job;
    const { definition, hooks } = this.task;
    const { signals } = this.surroundings.app;
    const before = hooks.some((each) => each.beforeStart) || signals.has('task_prerun');
    if (!before) return definition.handler(message.args, message.kwargs);
    return this.#prerun().then(() => definition.handler(message.args, message.kwargs));
  }

  async #prerun(): Promise<void> {
    const { signals } = this.surroundings.app;
    await signals.send('task_prerun', this.#context.name, { task: this.#context });
    for (const hooks of this.task.hooks) await hooks.beforeStart?.(this.#context);
  }

  #limit(): void {
    const { soft, hard } = this.job.limits;
    if (soft !== null) this.#after(soft, () => this.#warn(soft));
    if (hard !== null) this.#after(hard, () => this.#timeOut(hard));
  }

  #after(seconds: number, run: () => void): void {
    const { clock } = this.surroundings.app;
    this.#timers ??= [];
    this.#timers.push(clock.at(fromNow(clock, seconds * 1000), run));
  }

  #warn(limit: number): void {
    this.surroundings.app.logger.warn(`Soft time limit (${limit}s) exceeded for ${this.label}`);
    this.#context.abort(new SoftTimeLimitExceeded(limit));
  }

  #timeOut(limit: number): void {
    this.#context.abort(new TimeLimitExceeded(limit));
    this.#give({ kind: 'timeout', limit });
  }

  /** The first word is the last. */
  #give(outcome: Outcome): void {
    if (this.#timers) for (const cancel of this.#timers.splice(0)) cancel();
    this.#resolve?.(outcome);
    this.#resolve = undefined;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function success(run: Execution, returned: unknown): Outcome {
  return run.encode((returned instanceof AsyncResult ? returned.asTuple() : returned) ?? null);
}

function refuseComposite(successor: string | undefined): void {
  if (successor === undefined) return;
  throw new ImproperlyConfigured(
    `The task continues with ${successor}: this worker runs chains and callbacks of plain tasks only. Send it to a Python worker.`,
  );
}
