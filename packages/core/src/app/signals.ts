import type { Headers, MessageProperties, Route, Topology } from '../contracts/broker.js';
import type { Logger } from '../contracts/logger.js';
import { textOf } from '../errors/text-of.js';
import type { RetryPolicy } from './config.js';
import type { TaskContext } from './task-context.js';

/** A message that is about to be published; receivers may change its headers and properties. */
export interface PublishSignal {
  readonly body: { args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> };
  readonly exchange: string;
  readonly routingKey: string;
  /** The queue as callers name it, and the way to it when a delay at the broker is over. */
  readonly destination: Route & { readonly queue: string };
  readonly headers: Headers;
  readonly properties: MessageProperties;
  readonly declare: Topology;
  readonly retryPolicy: Readonly<RetryPolicy>;
}

/** A request as signals of the worker name it. */
export interface RequestInfo {
  readonly id: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** Celery's signals: what each one's receivers are given, besides the sender. */
export interface CelerySignals {
  before_task_publish: PublishSignal;
  after_task_publish: Omit<PublishSignal, 'declare' | 'retryPolicy'>;
  task_received: { readonly request: RequestInfo };
  task_prerun: { readonly task: TaskContext };
  task_postrun: { readonly task: TaskContext; readonly retval: unknown; readonly state: string };
  task_success: { readonly task: TaskContext; readonly result: unknown };
  task_retry: { readonly task: TaskContext; readonly reason: unknown };
  task_failure: { readonly task: TaskContext; readonly exception: unknown; readonly traceback: string };
  task_internal_error: { readonly task: TaskContext; readonly exception: unknown };
  task_revoked: {
    readonly request: RequestInfo;
    readonly terminated: boolean;
    readonly signum: string | null;
    readonly expired: boolean;
  };
  task_rejected: { readonly message: unknown; readonly exc: unknown };
  task_unknown: { readonly message: unknown; readonly exc: unknown; readonly name: string; readonly id: string };
  celeryd_init: { readonly conf: unknown; readonly options: unknown };
  celeryd_after_setup: { readonly conf: unknown };
  worker_init: Record<never, never>;
  worker_before_create_process: Record<never, never>;
  worker_process_init: { readonly pid: number };
  worker_process_shutdown: { readonly pid: number; readonly exitcode: number };
  worker_ready: Record<never, never>;
  worker_shutting_down: { readonly sig: string; readonly how: 'Warm' | 'Soft' | 'Cold'; readonly exitcode: number };
  worker_shutdown: Record<never, never>;
  beat_init: Record<never, never>;
  /** Beat in a worker's process (`-B`); after `beat_init`. */
  beat_embedded_init: Record<never, never>;
}

/** The name of a signal, as Celery has it. */
export type SignalName = keyof CelerySignals;

/** What a receiver of the signal is given. */
export type SignalPayload<S extends SignalName> = CelerySignals[S] & { readonly sender: string };

/** What is called with each signal; a promise that it returns is waited for, a value is ignored. */
export type SignalReceiver<S extends SignalName> = (payload: SignalPayload<S>) => unknown;

interface Connection {
  readonly receiver: SignalReceiver<SignalName>;
  readonly sender: string | undefined;
}

/** Tells whoever wants to know what happens in this process. Celery's `signals`. */
export class Signals {
  readonly #connections = new Map<SignalName, Connection[]>();

  constructor(private readonly logger: Logger) {}

  /** Whether telling is worth the trouble. */
  has(name: SignalName): boolean {
    return this.#connections.size > 0 && this.#connections.has(name);
  }

  /**
   * Calls the receiver each time, for one sender (a task's name, a node's name) or for all. Returns the way to stop.
   * An error of the receiver goes to the log, and no further.
   */
  connect<S extends SignalName>(
    name: S,
    receiver: SignalReceiver<S>,
    { sender }: { sender?: string } = {},
  ): () => void {
    const connection = { receiver: receiver as SignalReceiver<SignalName>, sender };
    this.#connections.set(name, [...(this.#connections.get(name) ?? []), connection]);
    return () => this.#disconnect(name, connection);
  }

  /** Calls the receivers one after another; resolves when the last has returned. Never rejects. */
  async send<S extends SignalName>(name: S, sender: string, payload: CelerySignals[S]): Promise<void> {
    for (const connection of this.#connections.get(name) ?? []) {
      if (connection.sender !== undefined && connection.sender !== sender) continue;
      try {
        await connection.receiver({ ...payload, sender } as never);
      } catch (error) {
        this.logger.error(`A receiver of the signal ${name} failed: ${textOf(error)}`);
      }
    }
  }

  #disconnect(name: SignalName, connection: Connection): void {
    const left = (this.#connections.get(name) ?? []).filter((each) => each !== connection);
    if (left.length > 0) this.#connections.set(name, left);
    else this.#connections.delete(name);
  }
}
