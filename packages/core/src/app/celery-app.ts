import type { Broker } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import { silentLogger } from '../contracts/logger.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import type { RerunLinks } from '../contracts/side-stores.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { State } from '../protocol/states.js';
import { ContentRegistry } from '../protocol/content.js';
import { ExceptionRegistry } from '../protocol/exception-info.js';
import type { ScheduleInput } from '../schedules/schedule.js';
import { systemClock } from '../time/system-clock.js';
import { AddedPeriodicTasks } from './added-periodic-tasks.js';
import type { AddedPeriodicTask, AddPeriodicTaskOptions } from './added-periodic-tasks.js';
import { validateArguments } from './argument-schema.js';
import { AsyncResult } from './async-result.js';
import type { ResultReader } from './async-result.js';
import { BackendConnection } from './backend-connection.js';
import type { CompiledConfig } from './compiled-config.js';
import { Control } from './control.js';
import { LamportClock } from './lamport-clock.js';
import { EagerResult } from './eager-result.js';
import type { EagerTasks } from './eager-tasks.js';
import { Publisher } from './publisher.js';
import type { TaskCall } from './task-call.js';
import { checkCall } from './check-call.js';
import { Reruns } from './rerun.js';
import type { RerunOptions } from './rerun.js';
import { Signals } from './signals.js';
import { currentTask } from './task-context.js';
import { TaskDefaults } from './task-defaults.js';
import type { ApplyAsyncOptions, ApplyOptions, TaskOptions } from './task-options.js';
import { TaskQueues } from './topology.js';

export interface CeleryAppDeps {
  readonly config: CompiledConfig;
  readonly broker: Broker;
  readonly backend: ResultBackend | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Where eager tasks run; asked when the first one is called. @default none: `apply()` throws */
  eager?(app: CeleryApp): EagerTasks | Promise<EagerTasks>;
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
  /** Orders what the nodes of the cluster do. Celery's `app.clock`. */
  readonly logicalClock = new LamportClock();
  /** Remote control of the workers. */
  readonly control: Control;
  readonly #publisher: Publisher;
  readonly #reader: ResultReader;
  readonly #defaults: TaskDefaults;
  readonly #reruns = new Reruns(this);
  readonly #added: AddedPeriodicTasks;
  readonly #connection: BackendConnection;
  readonly #makeEager: CeleryAppDeps['eager'];
  #eager: EagerTasks | Promise<EagerTasks> | undefined;

  constructor({ config, broker, backend, clock = systemClock, logger = silentLogger, eager }: CeleryAppDeps) {
    this.config = config;
    this.broker = broker;
    this.backend = backend;
    this.#connection = new BackendConnection(backend);
    this.clock = clock;
    this.logger = logger;
    this.#makeEager = eager;
    this.signals = new Signals(logger);
    this.#added = new AddedPeriodicTasks(logger);
    this.queues = new TaskQueues(config);
    this.#defaults = new TaskDefaults(config);
    this.#publisher = new Publisher({
      config,
      broker,
      queues: this.queues,
      content: this.content,
      clock,
      signals: this.signals,
    });
    this.control = new Control({
      config,
      broker,
      content: this.content,
      clock,
      logger,
      logicalClock: this.logicalClock,
      backend: () => this.backend && this.connectBackend(),
    });
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
   * `taskOptions` are the defaults of a task that is known here; its `schema` checks the arguments, which are sent as they
   * are: what it makes of them is made where the task runs (a call with `kwargs` is left to the worker, which binds them first).
   * @throws OperationalError, MessageReturned, PublishTimeout, EncodeError, QueueNotFound; InvalidArguments by the schema
   */
  async sendTask<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: ApplyAsyncOptions = {},
    taskOptions?: TaskOptions,
  ): Promise<AsyncResult<R>> {
    const known = checkCall(name, args, options);
    const schema = taskOptions?.schema;
    if (schema && hasNoKeywords(known)) await validateArguments(name, schema, args);
    return this.publish<R>({ name, args, options: known }, taskOptions);
  }

  /** Sends a complete call, with the defaults of a task that is known here. The child is remembered by the task that is running. */
  async publish<R = unknown>(call: TaskCall, taskOptions?: TaskOptions): Promise<AsyncResult<R>> {
    if (this.#isEager(call, taskOptions)) return this.#recorded(call, await this.applyCall<R>(call));
    const options = taskOptions ? this.#defaults.of(call, taskOptions) : call.options;
    const id = await this.#publisher.publish({ ...call, options });
    return this.#recorded(call, new AsyncResult<R>(id, this.#reader, options.ignoreResult === true));
  }

  #recorded<R>({ options }: TaskCall, result: AsyncResult<R>): AsyncResult<R> {
    const parent = currentTask();
    if (parent?.trail && options.addToParent !== false) parent.children.push(result.asTuple());
    return result;
  }

  /** By `taskAlwaysEager` a task that is known here runs instead of being sent. */
  #isEager({ name }: TaskCall, taskOptions: TaskOptions | undefined): boolean {
    if (!this.config.taskAlwaysEager || taskOptions) return this.config.taskAlwaysEager;
    this.logger.warn(`taskAlwaysEager is on, but '${name}' is sent by its name alone and goes to the broker.`);
    return false;
  }

  /**
   * Runs a task here and now instead of sending it: no broker, no worker; `countdown`, `eta`, `expires`, routes and time limits are nothing
   * to it. Retries follow at once. Celery's `apply`.
   * @throws NotRegistered when this process has no handler for it, EncodeError; with `throw`, what the task threw
   */
  async apply<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: ApplyOptions = {},
  ): Promise<EagerResult<R>> {
    const { throw: throws, ...rest } = options;
    return this.applyCall<R>({ name, args, options: checkCall(name, args, rest) }, throws);
  }

  /** `apply` of a complete call. */
  async applyCall<R = unknown>(call: TaskCall, throws = this.config.taskEagerPropagates): Promise<EagerResult<R>> {
    const tasks = await this.#eagerTasks();
    const options = this.#defaults.of(call, tasks.optionsOf(call.name));
    return new EagerResult<R>(await tasks.run({ ...call, options }, { throws }), this.#reader);
  }

  /**
   * Sends a finished task anew under a new id: the same name, queue and arguments, but for what the options say. What followed it (callbacks,
   * chain, chord) is not sent again. The message names its origin in the header `x-celery-rerun-of`; `rerunsOf` finds both from each other.
   * @throws RerunRefused when it is unknown, not finished, or its arguments are not stored or cannot be read; BackendDisabled; as `sendTask`
   */
  rerun<R = unknown>(taskId: string, options: RerunOptions = {}): Promise<AsyncResult<R>> {
    return this.#reruns.rerun<R>(taskId, options);
  }

  /** Which task this one repeats, and which repeat this one. @throws BackendDisabled, BackendStoreError */
  rerunsOf(taskId: string): Promise<RerunLinks> {
    return this.#reruns.linksOf(taskId);
  }

  /** What `addPeriodicTask` has added. */
  get periodicTasks(): readonly AddedPeriodicTask[] {
    return this.#added.list;
  }

  /** The same for a beat that reads it now: `addPeriodicTask` throws from here on, as nobody would see what it adds. */
  closePeriodicTasks(): readonly AddedPeriodicTask[] {
    return this.#added.close();
  }

  /**
   * Adds an entry to those of `beatSchedule`, before beat starts. One of the same name is replaced. Celery's `add_periodic_task`.
   * @returns its name @throws ImproperlyConfigured when a beat of this app has been made in this process already
   */
  addPeriodicTask(schedule: ScheduleInput, task: string, options: AddPeriodicTaskOptions = {}): string {
    return this.#added.add(schedule, task, options);
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
    return this.#connection.get();
  }

  /** Closes broker and backend, one even when the other cannot be closed. May be called twice; `connect()` opens them again. */
  async close(): Promise<void> {
    try {
      await this.broker.close();
    } finally {
      await this.#connection.close();
    }
  }

  #eagerTasks(): EagerTasks | Promise<EagerTasks> {
    this.#eager ??= this.#makeEager?.(this);
    if (this.#eager) return this.#eager;
    throw new ImproperlyConfigured(
      'This app runs no tasks itself: make it with { eager: (app) => new EagerRunner(app, registry) }.',
    );
  }
}

function hasNoKeywords({ kwargs = {} }: ApplyAsyncOptions): boolean {
  return Object.keys(kwargs).length === 0;
}
