import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { TimeoutError } from '../errors/task-errors.js';
import type { ContentRegistry } from '../protocol/content.js';
import type { ExceptionRegistry } from '../protocol/exception-info.js';
import type { ResultTuple, TaskMeta } from '../protocol/result-meta.js';
import { EXCEPTION_STATES, PROPAGATE_STATES, READY_STATES } from '../protocol/states.js';
import type { State } from '../protocol/states.js';
import type { Control, RevokeOptions } from './control.js';
import { currentTask } from './task-context.js';
import { unlessAborted } from './unless-aborted.js';
import { fromNow } from '../time/from-now.js';

/** Where results are found. */
export type ResultSource = Pick<ResultBackend, 'getMany' | 'waitFor' | 'forget'>;

/** What a result needs of its app. */
export interface ResultReader {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly control: Control;
  readonly exceptions: Pick<ExceptionRegistry, 'fromInfo'>;
  readonly content: ContentRegistry;
  /** MIME types of results that may be decoded. */
  accept(): ReadonlySet<string>;
  readonly limits: { readonly maxBytes: number; readonly maxDepth: number };
  /** The connected backend. @throws BackendDisabled when none is configured. */
  backend(): Promise<ResultSource>;
}

/** How long `get()` waits, and what it makes of an error. Celery's arguments of `AsyncResult.get`. */
export interface GetOptions {
  /** Seconds to wait. @default for ever */
  timeout?: number;
  /** Throw the task's exception; off: return it. @default true */
  propagate?: boolean;
  /** Ends the wait with the signal's reason; the task goes on. */
  signal?: AbortSignal;
  /** Warn when a task waits for another task. @default true */
  disableSyncSubtasks?: boolean;
}

/** Celery's options of `AsyncResult.revoke`. */
export interface RevokeTaskOptions extends Pick<RevokeOptions, 'terminate' | 'signal'> {
  /** Wait for the workers' answers. @default false */
  wait?: boolean;
  /** Seconds to wait for them. @default 1 */
  timeout?: number;
}

/** What became of a task, asked of the result backend. Celery's `AsyncResult`; what is a property there is a method here, as it does I/O. */
export class AsyncResult<R = unknown> {
  readonly #reader: ResultReader;
  #ready: TaskMeta | undefined;

  constructor(
    readonly id: string,
    reader: ResultReader,
    /** The task was sent with `ignoreResult`: `get()` gives undefined at once. */
    readonly ignored = false,
    readonly parent: AsyncResult | null = null,
  ) {
    this.#reader = reader;
  }

  get taskId(): string {
    return this.id;
  }

  /** Celery's state; PENDING for an id that the backend does not know. @throws BackendDisabled */
  async state(): Promise<State> {
    return (await this.#meta())?.status ?? 'PENDING';
  }

  /** The return value, the exception, or the meta of a custom state, as it stands now; undefined while nothing is stored. */
  async result(): Promise<unknown> {
    const meta = await this.#meta();
    return meta && this.#value(meta);
  }

  async ready(): Promise<boolean> {
    return READY_STATES.has(await this.state());
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS';
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE';
  }

  async traceback(): Promise<string | null> {
    return (await this.#meta())?.traceback ?? null;
  }

  /** When the task ended; undefined before that. */
  async dateDone(): Promise<Date | undefined> {
    return (await this.#meta())?.dateDone;
  }

  /** The tasks that this one published. Celery's `children`. */
  async children(): Promise<AsyncResult[]> {
    return ((await this.#meta())?.children ?? []).map((tuple) => this.#fromTuple(tuple));
  }

  /**
   * Waits for the return value.
   * @throws the task's exception (with `propagate`), TimeoutError after `timeout`, the signal's reason, BackendDisabled.
   */
  async get(options: GetOptions = {}): Promise<R> {
    if (this.ignored) return undefined as R;
    this.#warnInsideTask(options);
    const meta = this.#ready ?? (await this.#wait(options));
    const value = this.#value(meta);
    if (PROPAGATE_STATES.has(meta.status) && options.propagate !== false) throw value;
    return value as R;
  }

  /** Removes the stored result. */
  async forget(): Promise<void> {
    this.#ready = undefined;
    await (await this.#reader.backend()).forget([this.id]);
  }

  /**
   * Has every worker discard the task. Celery's `revoke`. Resolves when the broker has taken the request;
   * with `wait`, when the workers have answered or `timeout` has passed.
   */
  async revoke({
    terminate = false,
    signal = 'SIGTERM',
    wait = false,
    timeout = 1,
  }: RevokeTaskOptions = {}): Promise<void> {
    await this.#reader.control.revoke(this.id, { terminate, signal, reply: wait, timeout });
  }

  /** Celery's tuple form, as it is stored in `children`. */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  async #meta(): Promise<TaskMeta | undefined> {
    if (this.#ready) return this.#ready;
    const backend = await this.#reader.backend();
    return this.#remember((await backend.getMany([this.id])).get(this.id));
  }

  #remember<M extends TaskMeta | undefined>(meta: M): M {
    if (meta && READY_STATES.has(meta.status)) this.#ready = meta;
    return meta;
  }

  async #wait({ timeout, signal }: GetOptions): Promise<TaskMeta> {
    const { clock } = this.#reader;
    const limit = new AbortController();
    const cancel =
      timeout === undefined
        ? () => {}
        : clock.at(fromNow(clock, timeout * 1000), () => limit.abort(this.#timedOut(timeout)));
    try {
      const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
      const backend = await unlessAborted(this.#reader.backend(), either);
      for await (const meta of backend.waitFor([this.id], either)) return this.#remember(meta);
    } finally {
      cancel();
    }
    throw new TimeoutError(`The result backend ended the wait for task ${this.id} without a result.`);
  }

  #timedOut(timeout: number): TimeoutError {
    return new TimeoutError(`Task ${this.id} has no result after ${timeout} s. It was not stopped; ask again later.`);
  }

  #value(meta: TaskMeta): unknown {
    const { content, limits, exceptions } = this.#reader;
    const value = content.decode(meta.result, { accept: this.#reader.accept(), ...limits });
    return EXCEPTION_STATES.has(meta.status) ? exceptions.fromInfo(value, meta.traceback) : value;
  }

  #fromTuple([[id]]: ResultTuple): AsyncResult {
    return new AsyncResult(id, this.#reader, false, this as AsyncResult);
  }

  #warnInsideTask({ disableSyncSubtasks }: GetOptions): void {
    const task = disableSyncSubtasks === false ? undefined : currentTask();
    if (!task) return;
    this.#reader.logger.warn(
      `Task ${task.name}[${task.id}] waits for the result of task ${this.id}: never call get() within a task, it can block the worker. ` +
        `Use a chain or a callback, or pass { disableSyncSubtasks: false } when you know better.`,
    );
  }
}
