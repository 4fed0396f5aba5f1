import type { CeleryApp } from '../app/celery-app.js';
import type { TaskContext } from '../app/task-context.js';
import type { RetryOptions } from '../app/task-options.js';
import type { Logger } from '../contracts/logger.js';
import type { PoolJob, TimeLimits } from '../contracts/pool.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { ResultTuple } from '../protocol/result-meta.js';
import { EXCEPTION_STATES } from '../protocol/states.js';
import type { State } from '../protocol/states.js';
import { planRetry } from './plan-retry.js';
import type { RunnableTask } from './runnable-task.js';
import { taskLogger } from './task-logger.js';

const NO_CHILDREN: ResultTuple[] = [];
const NO_HEADERS: TaskContext['headers'] = Object.freeze({});

/** What the handlers of a worker share. */
export interface TaskSurroundings {
  readonly app: CeleryApp;
  /** The worker's node name; null where tasks run eagerly. */
  readonly hostname: string | null;
}

/** One run of one task, seen from inside. A view of its message: made for every task, so it keeps little. */
export class RunningTask implements TaskContext {
  #children: ResultTuple[] | undefined;
  #abort: AbortController | undefined;
  #logger: Logger | undefined;

  constructor(
    private readonly job: PoolJob,
    private readonly task: RunnableTask,
    private readonly surroundings: TaskSurroundings,
  ) {}

  get #headers() {
    return this.job.message.headers;
  }

  get id() {
    return this.#headers.id;
  }

  get name() {
    return this.#headers.task;
  }

  get args() {
    return this.job.message.args;
  }

  get kwargs() {
    return this.job.message.kwargs;
  }

  get retries() {
    return this.#headers.retries;
  }

  get rootId() {
    return this.#headers.root_id ?? this.#headers.id;
  }

  get parentId() {
    return this.#headers.parent_id;
  }

  get groupId() {
    return this.#headers.group;
  }

  get groupIndex() {
    return this.#headers.group_index;
  }

  get eta() {
    return this.#headers.eta;
  }

  get expires() {
    return this.#headers.expires;
  }

  get shadow() {
    return this.#headers.shadow;
  }

  get origin() {
    return this.#headers.origin;
  }

  get hostname() {
    return this.surroundings.hostname;
  }

  get deliveryInfo() {
    return this.job.delivery;
  }

  get headers() {
    return this.job.message.customHeaders ?? NO_HEADERS;
  }

  get properties() {
    return this.job.message.properties;
  }

  get correlationId() {
    return this.properties.correlationId ?? null;
  }

  get replyTo() {
    return this.properties.replyTo ?? null;
  }

  get stampedHeaders() {
    return this.#headers.stamped_headers ?? [];
  }

  get stamps() {
    return this.#headers.stamps;
  }

  get timeLimits(): TimeLimits {
    return this.job.limits;
  }

  get ignoreResult() {
    return this.#headers.ignore_result ?? this.task.ignoreResult;
  }

  get isEager() {
    return this.hostname === null;
  }

  get trail() {
    return this.task.options.trail ?? true;
  }

  get children(): ResultTuple[] {
    this.#children ??= [];
    return this.#children;
  }

  /** The same, where nobody adds to them any more. */
  get recordedChildren(): ResultTuple[] {
    return this.#children ?? NO_CHILDREN;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  get logger(): Logger {
    this.#logger ??= taskLogger(this.surroundings.app.logger, `${this.name}[${this.id}]`);
    return this.#logger;
  }

  /** Aborts the signal, whether somebody has it or not. */
  abort(reason: Error): void {
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  /** What was thrown; where it only says that the signal aborted (`AbortError`), why it did. */
  reasonOf(thrown: unknown): unknown {
    const name = (thrown as { name?: unknown } | null | undefined)?.name;
    const aborted = this.#abort?.signal.aborted && name === 'AbortError';
    return aborted ? this.#abort?.signal.reason : thrown;
  }

  async updateState(state: State, meta: unknown = null): Promise<void> {
    if (EXCEPTION_STATES.has(state) && !(meta instanceof Error)) {
      throw new ImproperlyConfigured(
        `updateState('${state}') of task ${this.name}: the result of this state is an exception, so give an Error.`,
      );
    }
    if (this.ignoreResult || (this.isEager && !this.task.storeEagerResult)) return;
    const { app } = this.surroundings;
    const value = meta instanceof Error ? app.exceptions.toInfo(meta) : meta;
    await app.storeState(this.id, state, value);
  }

  async progress(current: number, total: number, more: Record<string, unknown> = {}): Promise<void> {
    await this.updateState('PROGRESS', { ...more, current, total });
  }

  retry(options: RetryOptions = {}): never {
    throw planRetry(this, this.task.options, options);
  }
}
