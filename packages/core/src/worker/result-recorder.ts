import type { CeleryApp } from '../app/celery-app.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import type { EncodedContent } from '../protocol/content.js';
import type { ExceptionInfo } from '../protocol/exception-info.js';
import type { ExtendedMeta, ResultTuple, TaskMeta } from '../protocol/result-meta.js';
import type { State } from '../protocol/states.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { Request } from './request.js';

/** What the worker writes about tasks; nothing at all where no backend is configured. */
export class ResultRecorder {
  readonly #app: CeleryApp;
  readonly #backend: ResultBackend | undefined;
  readonly #hostname: string;

  constructor(app: CeleryApp, hostname: string) {
    this.#app = app;
    this.#backend = app.backend;
    this.#hostname = hostname;
  }

  /** STARTED, where the task tracks it. */
  started(request: Request, pid: number): Promise<unknown> | undefined {
    if (!request.task.trackStarted || request.ignoreResult) return undefined;
    const result = this.#encode({ pid, hostname: this.#hostname });
    return this.#store(request, { status: 'STARTED', result, dateStarted: this.#app.clock.now() });
  }

  async success(request: Request, result: EncodedContent, children: ResultTuple[]): Promise<void> {
    if (request.ignoreResult) return;
    await this.#store(request, { status: 'SUCCESS', result, children });
  }

  /** FAILURE of the task, and of the steps of its chain that will never run. */
  async failure(request: Request, exc: ExceptionInfo, traceback: string, abandoned: readonly string[]): Promise<void> {
    const result = this.#encode(exc);
    const parts = abandoned.map((taskId) => this.#storeMeta({ taskId, status: 'FAILURE', result, traceback }));
    if (!request.ignoreResult || request.task.storeErrorsEvenIfIgnored) {
      parts.push(this.#store(request, { status: 'FAILURE', result, traceback }));
    }
    await Promise.all(parts);
  }

  /** REVOKED, for a task that expired before it could start. */
  async revoked(request: Request, exc: ExceptionInfo): Promise<void> {
    if (request.ignoreResult && !request.task.storeErrorsEvenIfIgnored) return;
    await this.#store(request, { status: 'REVOKED', result: this.#encode(exc) });
  }

  /** FAILURE of a task that no code here stands for. */
  async unregistered({ headers }: TaskMessage, exc: ExceptionInfo): Promise<void> {
    await this.#storeMeta({ taskId: headers.id, status: 'FAILURE', result: this.#encode(exc) });
  }

  #store(request: Request, meta: Omit<MetaPart, 'taskId'>): Promise<unknown> {
    const { headers, properties } = request.message;
    const address = {
      ...(properties.replyTo === undefined ? {} : { replyTo: properties.replyTo }),
      correlationId: properties.correlationId ?? request.id,
    };
    const ids = {
      ...(headers.group === null ? {} : { groupId: headers.group }),
      ...(headers.parent_id === null ? {} : { parentId: headers.parent_id }),
    };
    const extended = this.#app.config.resultExtended ? { extended: this.#extended(request) } : {};
    return this.#storeMeta({ taskId: request.id, ...meta, ...ids, ...extended }, address);
  }

  async #storeMeta(meta: MetaPart, address?: { replyTo?: string; correlationId?: string }): Promise<unknown> {
    const complete: TaskMeta = { traceback: null, children: [], ...this.#done(meta.status), ...meta };
    return this.#backend && (await this.#app.connectBackend()).storeResult(complete, address);
  }

  #done(status: State): { dateDone?: Date } {
    return status === 'STARTED' ? {} : { dateDone: this.#app.clock.now() };
  }

  #extended({ message, delivery }: Request): ExtendedMeta {
    const { headers } = message;
    return {
      name: headers.task,
      argsrepr: headers.argsrepr,
      kwargsrepr: headers.kwargsrepr,
      worker: this.#hostname,
      retries: headers.retries,
      queue: delivery.message.routingKey,
      periodicTaskName: headers.periodic_task_name ?? null,
    };
  }

  #encode(value: unknown): EncodedContent {
    return this.#app.content.encode(value, this.#app.config.resultSerializer);
  }
}

type MetaPart = Pick<TaskMeta, 'taskId' | 'status' | 'result'> & Partial<TaskMeta>;
