import type { CeleryApp } from '../app/celery-app.js';
import type { TaskHooks } from '../app/task-hooks.js';
import { runInTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import type { Outcome } from '../contracts/pool.js';
import { textOf } from '../errors/text-of.js';
import type { State } from '../protocol/states.js';
import type { RunnableTask } from './runnable-task.js';

type Failure = Extract<Outcome, { kind: 'failure' }>;
type Retried = Extract<Outcome, { kind: 'retry' }>;

const SIGNALS = ['task_postrun', 'task_success', 'task_failure', 'task_retry'] as const;

/** What is told of a task when its state is stored: its hooks, then the signals, in Celery's order. */
export class Conclusion {
  constructor(
    private readonly app: CeleryApp,
    private readonly task: RunnableTask,
    private readonly context: TaskContext,
  ) {}

  static isWanted({ signals }: CeleryApp, { hooks }: RunnableTask): boolean {
    return hooks.length > 0 || SIGNALS.some((name) => signals.has(name));
  }

  /** @param value what the handler returned or threw. Never rejects. */
  tell(outcome: Outcome, value: unknown): Promise<void> {
    return runInTask(this.context, () => this.#byKind(outcome, value));
  }

  async #byKind(outcome: Outcome, value: unknown): Promise<void> {
    if (outcome.kind === 'success') await this.#success(value);
    else if (outcome.kind === 'failure') await this.#failure(outcome, value);
    else if (outcome.kind === 'retry') await this.#retry(outcome);
    const { signals } = this.app;
    await signals.send('task_postrun', this.context.name, {
      task: this.context,
      retval: value,
      state: stateOf(outcome),
    });
  }

  async #success(result: unknown): Promise<void> {
    await this.#call((hooks) => hooks.onSuccess?.(result, this.context));
    await this.app.signals.send('task_success', this.context.name, { task: this.context, result });
    await this.#call((hooks) => hooks.afterReturn?.('SUCCESS', result, this.context));
  }

  async #failure({ exc, traceback }: Failure, thrown: unknown): Promise<void> {
    const exception = thrown instanceof Error ? thrown : this.app.exceptions.fromInfo(exc, traceback);
    await this.#call((hooks) => hooks.onFailure?.(exception, this.context));
    await this.app.signals.send('task_failure', this.context.name, { task: this.context, exception, traceback });
    await this.#call((hooks) => hooks.afterReturn?.('FAILURE', exception, this.context));
  }

  async #retry({ exc, reason: text }: Retried): Promise<void> {
    const reason = exc === null ? new Error(text) : this.app.exceptions.fromInfo(exc);
    await this.#call((hooks) => hooks.onRetry?.(reason, this.context));
    await this.app.signals.send('task_retry', this.context.name, { task: this.context, reason });
  }

  /** The state is stored and stays: what a hook throws is told, and no more. */
  async #call(hook: (hooks: TaskHooks) => unknown): Promise<void> {
    for (const hooks of this.task.hooks) {
      try {
        await hook(hooks);
      } catch (exception) {
        this.context.logger.error(`a hook failed: ${textOf(exception)}`);
        await this.app.signals.send('task_internal_error', this.context.name, { task: this.context, exception });
      }
    }
  }
}

/** Celery's name of the state for `task_postrun`, and of eager results. */
export const stateOf = ({ kind }: Outcome): State => STATES[kind];

const STATES: Readonly<Record<Outcome['kind'], State>> = {
  success: 'SUCCESS',
  failure: 'FAILURE',
  timeout: 'FAILURE',
  lost: 'FAILURE',
  retry: 'RETRY',
  ignore: 'IGNORED',
  reject: 'REJECTED',
  terminated: 'REVOKED',
  cancelled: 'RETRY',
};
