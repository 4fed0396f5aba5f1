import type { CeleryApp } from '../app/celery-app.js';
import type { ReplyAddress, ResultBackend } from '../contracts/result-backend.js';
import type { EncodedContent } from '../protocol/content.js';
import type { ExceptionInfo } from '../protocol/exception-info.js';
import type { ExtendedMeta, ResultTuple, TaskMeta } from '../protocol/result-meta.js';
import type { TaskMessage } from '../protocol/task-message.js';
import { READY_STATES } from '../protocol/states.js';
import { keptCall, shownCall } from './kept-call.js';
import type { Request } from './request.js';

/** What the worker writes about tasks; nothing at all where no backend is configured. The backend is connected before the worker consumes. */
export class ResultRecorder {
  readonly #app: CeleryApp;
  readonly #backend: ResultBackend | undefined;
  readonly #hostname: string;

  constructor(app: CeleryApp, hostname: string) {
    this.#app = app;
    this.#backend = app.backend;
    this.#hostname = hostname;
  }

  /** Whether `started` is to be called. */
  tracksStart(request: Request): boolean {
    return request.task.trackStarted && !request.ignoreResult;
  }

  /** STARTED. */
  async started(request: Request, pid: number): Promise<void> {
    const result = this.#encode({ pid, hostname: this.#hostname });
    await this.#store(request, { status: 'STARTED', result });
  }

  /** SUCCESS; undefined where nothing is to be stored. */
  success(request: Request, result: EncodedContent, children: ResultTuple[]): Promise<unknown> | undefined {
    return request.ignoreResult ? undefined : this.#store(request, { status: 'SUCCESS', result, children });
  }

  /** FAILURE of the task, and of the steps of its chain that will never run; nothing where errors are not kept. */
  async failure(request: Request, exc: ExceptionInfo, traceback: string, abandoned: readonly string[]): Promise<void> {
    if (request.ignoreResult && !request.task.storeErrorsEvenIfIgnored) return;
    const result = this.#encode(exc);
    await Promise.all([
      this.#store(request, { status: 'FAILURE', result, traceback }),
      ...abandoned.map((taskId) => this.#storeFailure(taskId, { result, traceback })),
    ]);
  }

  /** RETRY; the reason may be missing, as in Celery. */
  async retry(request: Request, exc: ExceptionInfo | null, traceback: string): Promise<void> {
    if (request.ignoreResult && !request.task.storeErrorsEvenIfIgnored) return;
    await this.#store(request, { status: 'RETRY', result: this.#encode(exc), traceback });
  }

  /** REVOKED: expired, revoked or terminated. */
  async revoked(request: Request, exc: ExceptionInfo): Promise<void> {
    if (request.ignoreResult && !request.task.storeErrorsEvenIfIgnored) return;
    await this.#store(request, { status: 'REVOKED', result: this.#encode(exc) });
  }

  /** FAILURE of a task that no code here stands for. */
  async unregistered({ headers }: TaskMessage, exc: ExceptionInfo): Promise<void> {
    await this.#storeFailure(headers.id, { result: this.#encode(exc) });
  }

  #store(request: Request, state: StatePart): Promise<unknown> | undefined {
    const { headers, properties } = request.message;
    const meta = this.#meta(request.id, state);
    if (headers.group !== null) meta.groupId = headers.group;
    if (headers.parent_id !== null) meta.parentId = headers.parent_id;
    if (this.#app.config.resultExtended) meta.extended = this.#extended(request, READY_STATES.has(state.status));
    const address: ReplyAddress = { correlationId: properties.correlationId ?? request.id };
    if (properties.replyTo !== undefined) address.replyTo = properties.replyTo;
    return this.#backend?.storeResult(meta, address);
  }

  #storeFailure(taskId: string, state: Omit<StatePart, 'status'>): Promise<unknown> | undefined {
    return this.#backend?.storeResult(this.#meta(taskId, { status: 'FAILURE', ...state }));
  }

  #meta(taskId: string, { status, result, traceback = null, children = [] }: StatePart): TaskMeta {
    const meta: TaskMeta = { taskId, status, result, traceback, children };
    if (status === 'STARTED') meta.dateStarted = this.#app.clock.now();
    else meta.dateDone = this.#app.clock.now();
    return meta;
  }

  /** The last state of a task comes with its call, for `rerun`. */
  #extended(request: Request, isLast: boolean): ExtendedMeta {
    const { message, source } = request;
    const { headers } = message;
    const kept = isLast ? keptCall(request, this.#app.config.resultExtendedMaxBytes) : shownCall(request);
    return {
      name: headers.task,
      ...kept,
      worker: this.#hostname,
      retries: headers.retries,
      queue: source.message.routingKey,
      periodicTaskName: headers.periodic_task_name ?? null,
    };
  }

  #encode(value: unknown): EncodedContent {
    return this.#app.content.encode(value, this.#app.config.resultSerializer);
  }
}

type StatePart = Pick<TaskMeta, 'status' | 'result'> & Partial<Pick<TaskMeta, 'traceback' | 'children'>>;
