import type { Type } from '@nestjs/common';
import type {
  ApplyAsyncOptions,
  AsyncResult,
  CeleryApp,
  ContentRegistry,
  Control,
  ExceptionRegistry,
} from '@nestjs-celery/core';
import type { Tasks } from './task-types.js';
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

  /** The result of a task that was sent earlier, by its id. Celery's `AsyncResult(id)`. */
  asyncResult<R = unknown>(taskId: string): AsyncResult<R> {
    return this.#app.asyncResult<R>(taskId);
  }

  /** Remote control of the workers. Celery's `app.control`. */
  get control(): Control {
    return this.#app.control;
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
