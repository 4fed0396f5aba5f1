import type { Delivery } from '../contracts/broker.js';
import type { DeliveryInfo, PoolJob, TaskRun, TimeLimits } from '../contracts/pool.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { Listed } from './roster.js';
import type { RunnableTask } from './runnable-task.js';

/** One message being worked on: the pool's job. Settles its delivery at most once. Celery's `Request`. */
export class Request implements Listed, PoolJob {
  /** Among those in the same state. */
  place = -1;
  readonly id: string;
  /** The name for logs and events: the shadow name where there is one. */
  readonly name: string;
  readonly ignoreResult: boolean;
  /** The write of STARTED, which has to be over before the next state is written. */
  started: Promise<unknown> | undefined;
  /** From the monotonic clock, when the handler was called. */
  startedAt = 0;
  /** Its run, once a slot has taken it. */
  run: TaskRun | undefined;
  /** Its start is counted in `AttemptStore`. */
  counted = false;
  /** It was cancelled because the connection was lost under it. */
  cutOff = false;
  #settled = false;
  #lost = false;

  constructor(
    /** The broker's side of it. */
    readonly source: Delivery,
    readonly message: TaskMessage,
    readonly task: RunnableTask,
  ) {
    const { headers } = message;
    this.id = headers.id;
    this.name = headers.shadow || headers.task;
    this.ignoreResult = headers.ignore_result ?? task.ignoreResult;
  }

  /** For log lines. */
  get label(): string {
    return `Task ${this.name}[${this.id}]`;
  }

  get received() {
    return this.source.message;
  }

  get delivery(): DeliveryInfo {
    const { message, redelivered } = this.source;
    const { exchange, routingKey, properties } = message;
    return { exchange, routingKey, priority: properties.priority ?? null, redelivered };
  }

  /** Those of the message, else of the task; a limit of 0 in a message is none, as in Celery. */
  get limits(): TimeLimits {
    const [hard, soft] = this.message.headers.timelimit;
    const { limits } = this.task;
    if (!hard && !soft) return limits;
    return { soft: soft || limits.soft, hard: hard || limits.hard };
  }

  /** A slot takes the task: early ack. False when the channel has gone, and with it our right to run the task. */
  accept(): boolean {
    return this.task.acksLate ? !this.#settled : this.ack();
  }

  /** @returns false when it was settled before, or the channel has gone */
  ack(): boolean {
    return this.#once(() => this.source.ack());
  }

  reject(requeue: boolean): boolean {
    return this.#once(() => this.source.reject({ requeue }));
  }

  /** The channel has gone: the message belongs to the broker again, and nothing may be settled any more. */
  lose(): void {
    this.#settled = true;
    this.#lost = true;
  }

  /** The broker no longer waits for us: acknowledged, rejected or lost. */
  get settled(): boolean {
    return this.#settled;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** The broker gives the message to another worker. */
  get forfeited(): boolean {
    return this.#lost && this.task.acksLate;
  }

  #once(settle: () => 'sent' | 'stale'): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    return settle() === 'sent';
  }
}
