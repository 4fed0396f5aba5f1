import type { Broker } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import { silentLogger } from '../contracts/logger.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { BackendDisabled } from '../errors/backend-errors.js';
import type { State } from '../protocol/states.js';
import { ContentRegistry } from '../protocol/content.js';
import { ExceptionRegistry } from '../protocol/exception-info.js';
import { systemClock } from '../time/system-clock.js';
import { AsyncResult } from './async-result.js';
import type { ResultReader } from './async-result.js';
import type { CompiledConfig } from './compiled-config.js';
import { Control } from './control.js';
import { overlay } from './overlay.js';
import { Publisher } from './publisher.js';
import type { TaskCall } from './task-call.js';
import { annotated } from './annotations.js';
import { Signals } from './signals.js';
import { currentTask } from './task-context.js';
import type { ApplyAsyncOptions, TaskOptions } from './task-options.js';
import { TaskQueues } from './topology.js';

export interface CeleryAppDeps {
  readonly config: CompiledConfig;
  readonly broker: Broker;
  readonly backend: ResultBackend | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The client: one broker, one result backend, one set of routes. Celery's `Celery`. Connects when first used. */
export class CeleryApp {
  readonly config: CompiledConfig;
  readonly broker: Broker;
  readonly backend: ResultBackend | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queues: TaskQueues;
  /** Serializers; register your own here. */
  readonly content = new ContentRegistry();
  /** Exception classes by their Python name; register your own here. */
  readonly exceptions = new ExceptionRegistry();
  /** Tells who wants to know what happens in this process. */
  readonly signals: Signals;
  /** Remote control of the workers. */
  readonly control: Control;
  readonly #publisher: Publisher;
  readonly #reader: ResultReader;
  readonly #defaults = new WeakMap<TaskOptions, ApplyAsyncOptions>();
  #connectedBackend: Promise<ResultBackend> | undefined;

  constructor({ config, broker, backend, clock = systemClock, logger = silentLogger }: CeleryAppDeps) {
    this.config = config;
    this.broker = broker;
    this.backend = backend;
    this.clock = clock;
    this.logger = logger;
    this.signals = new Signals(logger);
    this.queues = new TaskQueues(config);
    this.#publisher = new Publisher({ config, broker, queues: this.queues, content: this.content, clock });
    this.control = new Control({ config, broker, content: this.content, clock });
    this.#reader = {
      control: this.control,
      clock,
      logger,
      exceptions: this.exceptions,
      content: this.content,
      accept: () => this.content.acceptSet(config.resultAcceptContent),
      limits: { maxBytes: config.messageMaxBytes, maxDepth: config.messageMaxDepth },
      backend: () => this.connectBackend(),
    };
  }

  /** Connects broker and backend now instead of with the first call. @throws BrokerUnavailable, AccessRefused, BackendUnavailable */
  async connect(): Promise<void> {
    await Promise.all([this.broker.connect(), this.backend && this.connectBackend()]);
  }

  /**
   * Sends a task by name; it may live in Python. Celery's `send_task`.
   * `taskOptions` are the defaults of a task that is known here.
   * @throws OperationalError, MessageReturned, PublishTimeout, EncodeError, QueueNotFound
   */
  async sendTask<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: ApplyAsyncOptions = {},
    taskOptions?: TaskOptions,
  ): Promise<AsyncResult<R>> {
    return this.publish<R>({ name, args, options }, taskOptions);
  }

  /** Sends a complete call, with the defaults of a task that is known here. The child is remembered by the task that is running. */
  async publish<R = unknown>(call: TaskCall, taskOptions?: TaskOptions): Promise<AsyncResult<R>> {
    const options = taskOptions ? this.#withDefaults(call.name, call.options, taskOptions) : call.options;
    const id = await this.#publisher.publish({ ...call, options });
    const result = new AsyncResult<R>(id, this.#reader, options.ignoreResult === true);
    const parent = currentTask();
    if (parent?.trail && options.addToParent !== false) parent.children.push(result.asTuple());
    return result;
  }

  /** Stores a state of a task that is not over. @throws BackendDisabled, BackendUnavailable, BackendStoreError, EncodeError */
  async storeState(taskId: string, status: State, value: unknown): Promise<void> {
    const backend = await this.connectBackend();
    const result = this.content.encode(value, this.config.resultSerializer);
    await backend.storeResult({ taskId, status, result, traceback: null, children: [] });
  }

  /** The result of a task that was sent before, by its id. */
  asyncResult<R = unknown>(taskId: string): AsyncResult<R> {
    return new AsyncResult<R>(taskId, this.#reader);
  }

  /** The backend, connected. @throws BackendDisabled when none is configured. */
  connectBackend(): Promise<ResultBackend> {
    const { backend } = this;
    if (!backend) {
      const advice = "Set resultBackend: CeleryModule.forRoot({ resultBackend: 'postgres://…' }).";
      return Promise.reject(new BackendDisabled(`No result backend is configured. ${advice}`));
    }
    this.#connectedBackend ??= backend.connect().then(
      () => backend,
      (error: unknown) => {
        this.#connectedBackend = undefined;
        throw error;
      },
    );
    return this.#connectedBackend;
  }

  /** Closes broker and backend, one even when the other cannot be closed. May be called twice; `connect()` opens them again. */
  async close(): Promise<void> {
    this.#connectedBackend = undefined;
    try {
      await this.broker.close();
    } finally {
      await this.backend?.close();
    }
  }

  /** Attributes of the task that its calls take over; what the call says wins. */
  #withDefaults(name: string, options: ApplyAsyncOptions, task: TaskOptions): ApplyAsyncOptions {
    let defaults = this.#defaults.get(task);
    if (!defaults) {
      defaults = callDefaults(annotated(name, task, this.config), this.config);
      this.#defaults.set(task, defaults);
    }
    return overlay(defaults, options);
  }
}

function callDefaults(task: TaskOptions, config: CompiledConfig): ApplyAsyncOptions {
  const { queue, exchange, routingKey, priority, deliveryMode, serializer, expires } = task;
  const attributes = { queue, exchange, routingKey, priority, deliveryMode, serializer, expires };
  return overlay({ ignoreResult: task.ignoreResult ?? config.taskIgnoreResult }, attributes);
}
