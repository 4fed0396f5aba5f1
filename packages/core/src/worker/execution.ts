import { AsyncResult } from '../app/async-result.js';
import { runInTask } from '../app/task-context.js';
import { compositeSuccessor } from '../canvas/successors.js';
import type { Cancel } from '../contracts/clock.js';
import type { Cancellation, LocalTaskRun, Outcome, PoolJob } from '../contracts/pool.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded } from '../errors/task-errors.js';
import { Conclusion } from './conclusion.js';
import { outcomeOf } from './outcome-of.js';
import type { RunnableTask } from './runnable-task.js';
import { RunningTask } from './running-task.js';
import type { TaskSurroundings } from './running-task.js';

/** One run of one task in this process, from before its handler to after its hooks. Celery's `trace_task`. */
export class Execution implements LocalTaskRun {
  readonly #context: RunningTask;
  readonly #timers: Cancel[] = [];
  #resolve: ((outcome: Outcome) => void) | undefined;
  #ended: Promise<void> = Promise.resolve();
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
    return this.#ended;
  }

  start(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#limit();
      this.#ended = this.#run();
    });
  }

  cancel(why: Cancellation): void {
    if (!this.#resolve) return;
    this.#context.abort(new TaskRevokedError(why.kind === 'terminated' ? 'terminated' : why.reason));
    this.#give(why);
  }

  get conclude(): LocalTaskRun['conclude'] {
    const { app } = this.surroundings;
    if (!Conclusion.isWanted(app, this.task)) return undefined;
    return (outcome) => new Conclusion(app, this.task, this.#context).tell(outcome, this.#value);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { app } = this.surroundings;
    try {
      refuseComposite(compositeSuccessor(this.job.message));
      const value = await runInTask(this.#context, () => this.#call());
      this.#value = value;
      this.#give(success(this, value));
    } catch (thrown) {
      const error = this.#context.reasonOf(thrown);
      this.#value = error;
      this.#give(outcomeOf(error, app, this.task, this.#context));
    }
  }

  encode(value: unknown): Outcome {
    const { app } = this.surroundings;
    const result = app.content.encode(value, app.config.resultSerializer);
    return { kind: 'success', result, children: this.#context.children };
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
    this.#timers.push(clock.at(new Date(clock.now().getTime() + seconds * 1000), run));
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
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#resolve?.(outcome);
    this.#resolve = undefined;
  }
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
