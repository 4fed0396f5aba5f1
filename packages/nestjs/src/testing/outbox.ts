import type { CeleryApp, SignalPayload } from '@nestjs-celery/core';
import { toSentTask } from './sent-task.js';
import type { SentTask } from './sent-task.js';

/** Remembers what is sent. A task that is sent again for its retry was sent once. */
export class Outbox {
  readonly #sent: SentTask[] = [];
  readonly #listeners: ((task: SentTask) => void)[] = [];
  /** Told by `before_task_publish`, and not yet by `after_task_publish`. */
  readonly #leaving = new WeakMap<object, SentTask>();
  readonly #declared = new Map<CeleryApp, Promise<void>>();
  #count = 0;

  /** Messages so far, retries included; `clear()` does not change it. */
  get count(): number {
    return this.#count;
  }

  get sent(): readonly SentTask[] {
    return this.#sent;
  }

  watch(app: CeleryApp, name: string): void {
    app.signals.connect('before_task_publish', (signal) => {
      this.#leaving.set(signal.headers, toSentTask(signal, name, app.clock.now()));
      return this.#declare(app);
    });
    app.signals.connect('after_task_publish', (signal) => this.#left(signal));
  }

  /** Calls the listener with each message that leaves, and with those that have left already. */
  onSent(listener: (task: SentTask) => void): void {
    for (const task of this.#sent) listener(task);
    this.#listeners.push(listener);
  }

  clear(): void {
    this.#sent.length = 0;
  }

  /** Workers come with the first message, which has to find their exchanges and the queues behind them. */
  #declare(app: CeleryApp): Promise<void> {
    const declared = this.#declared.get(app) ?? declareQueues(app);
    this.#declared.set(app, declared);
    return declared;
  }

  #left({ headers }: SignalPayload<'after_task_publish'>): void {
    const task = this.#leaving.get(headers);
    if (!task) return;
    this.#count++;
    if (headers['retries'] === 0) this.#sent.push(task);
    for (const listener of this.#listeners) listener(task);
  }
}

async function declareQueues({ broker, queues }: CeleryApp): Promise<void> {
  await broker.connect();
  for (const name of queues.configured) await broker.declare(queues.get(name).topology);
}
