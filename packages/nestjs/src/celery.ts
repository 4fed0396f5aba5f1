import type { Type } from '@nestjs/common';
import type {
  AddPeriodicTaskOptions,
  ApplyAsyncOptions,
  ApplyOptions,
  AsyncResult,
  CeleryApp,
  ContentRegistry,
  Control,
  EagerResult,
  ExceptionRegistry,
  RerunLinks,
  RerunOptions,
  ScheduleInput,
  SignalName,
  SignalPayload,
  Signals,
} from '@nestjs-celery/core';
import { Observable } from 'rxjs';
import type { AddPeriodicArguments } from './add-periodic-arguments.js';
import type { Task, Tasks } from './task-types.js';
import { createTasks } from './tasks.js';

/** Sends tasks and finds their results. Injected as `Celery`, or `@InjectCelery('name')` for a named app. */
export class Celery {
  readonly #app: CeleryApp;
  readonly #name: string;

  constructor(app: CeleryApp, name: string) {
    this.#app = app;
    this.#name = name;
  }

  /** The tasks of a class, typed from its methods. The class is read, never instantiated. */
  tasks<T extends object>(host: Type<T>): Tasks<T> {
    return createTasks(host, this.#app, this.#name);
  }

  /**
   * Sends a task by name, such as one that lives in Python. Celery's `send_task`.
   * @throws OperationalError, MessageReturned, PublishTimeout, EncodeError, QueueNotFound
   */
  sendTask<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: ApplyAsyncOptions = {},
  ): Promise<AsyncResult<R>> {
    return this.#app.sendTask<R>(name, args, options);
  }

  /**
   * Has beat send a task, of `tasks(Host)` or by its name: `addPeriodicTask(30, reports.send, { args: ['a@b.c'], options: { queue: 'mail' } })`.
   * Beat reads such entries when it starts, so add them before, in `onModuleInit`. One of the same name is replaced. Celery's `add_periodic_task`.
   * @param schedule seconds, or a schedule
   * @returns the entry's name: the call, such as `reports.send('a@b.c')`, unless `name` says another
   * @throws ImproperlyConfigured when a beat of this process has read them already: the service `PeriodicTasks` adds to one that runs
   */
  addPeriodicTask<Args extends readonly unknown[]>(
    schedule: ScheduleInput,
    task: Task<Args> | string,
    ...options: AddPeriodicArguments<NoInfer<Args>>
  ): string;
  addPeriodicTask(schedule: ScheduleInput, task: Task | string, options?: AddPeriodicTaskOptions): string {
    const name = typeof task === 'string' ? task : task.name;
    return this.#app.addPeriodicTask(schedule, name, options);
  }

  /**
   * Runs a task of this application here and now, as a worker would, without broker and worker. Celery's `apply`.
   * @throws NotRegistered when its class is not among the providers; with `throw`, what the task threw
   */
  apply<R = unknown>(name: string, args: readonly unknown[] = [], options: ApplyOptions = {}): Promise<EagerResult<R>> {
    return this.#app.apply<R>(name, args, options);
  }

  /**
   * Sends a finished task anew under a new id, with its own arguments or those given: `rerun(id, { kwargs: { dryRun: true } })`. It needs the result,
   * and `resultExtended` in the workers; what followed the task (callbacks, chain) is not sent again.
   * @throws RerunRefused when it is unknown, not finished, or its arguments are not stored or cannot be read; BackendDisabled; as `sendTask`
   */
  rerun<R = unknown>(taskId: string, options: RerunOptions = {}): Promise<AsyncResult<R>> {
    return this.#app.rerun<R>(taskId, options);
  }

  /** Which task this one repeats, and which repeat this one: `{ rerunOf, reruns }`. @throws BackendDisabled, BackendStoreError */
  rerunsOf(taskId: string): Promise<RerunLinks> {
    return this.#app.rerunsOf(taskId);
  }

  /** The result of a task that was sent earlier, by its id. Celery's `AsyncResult(id)`. */
  asyncResult<R = unknown>(taskId: string): AsyncResult<R> {
    return this.#app.asyncResult<R>(taskId);
  }

  /** Remote control of the workers. Celery's `app.control`. */
  get control(): Control {
    return this.#app.control;
  }

  /**
   * What happens in this process, as it happens: `signals.connect('task_failure', ({ task }) => …)` returns the way to stop.
   * Methods of providers take `@OnTaskSignal`. Celery's `celery.signals`.
   */
  get signals(): Signals {
    return this.#app.signals;
  }

  /** A signal as an Observable that never ends: `signal$('task_retry', { sender: 'reports.send' })`; what the subscriber returns is not waited for. */
  signal$<S extends SignalName>(name: S, options: { sender?: string } = {}): Observable<SignalPayload<S>> {
    return new Observable((subscriber) =>
      this.#app.signals.connect(name, (payload) => subscriber.next(payload), options),
    );
  }

  /** The serializers of this app; register your own before the first task is sent or received. kombu's `serialization.registry`. */
  get content(): ContentRegistry {
    return this.#app.content;
  }

  /** Which class here stands for which exception of Python; register your own: `register('proj.errors', 'NotFound', NotFound)`. */
  get exceptions(): ExceptionRegistry {
    return this.#app.exceptions;
  }
}
