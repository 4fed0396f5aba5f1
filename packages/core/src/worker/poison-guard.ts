import type { CeleryApp } from '../app/celery-app.js';
import type { Headers, Topology } from '../contracts/broker.js';
import { WorkerLostError } from '../errors/task-errors.js';
import { LOST_CHILDREN as LOST, withoutBrokerHeaders } from '../protocol/task-headers.js';
import type { Request } from './request.js';
import type { WorkerLog } from './worker-log.js';

/**
 * Ends tasks that end whatever runs them: after `workerLostLimit` lost children or workers the task is FAILURE, and a copy of its
 * message waits in `<queue>.dlq`. Children are counted in the message; workers in the database, or by the broker (quorum queues).
 */
export class PoisonGuard {
  readonly #limit: number;

  constructor(
    private readonly app: CeleryApp,
    private readonly log: WorkerLog,
  ) {
    this.#limit = app.config.workerLostLimit ?? Infinity;
  }

  /** Whether the start of this request is to be counted: the worker that had it before may have died of it. */
  counts({ task, source }: Request): boolean {
    if (!task.acksLate || !source.redelivered || this.#limit === Infinity) return false;
    return this.app.backend?.attempts !== undefined || source.deliveryCount !== undefined;
  }

  /** Counts a start. An error: the task has lost too many workers, and fails with it; a copy is in the dead letter queue. Rejects when it cannot be counted or copied. */
  async countStart(request: Request): Promise<WorkerLostError | undefined> {
    if ((await this.#lostWorkers(request)) < this.#limit) return undefined;
    await this.#bury(request);
    const error = new WorkerLostError(`${this.#limit} workers were lost while they ran the task.`);
    this.log.say('ERROR', `${request.label} is not run again: ${error.message} A copy is in '${dlq(request)}'.`);
    return error;
  }

  /** The task came to an end, or goes back in good order. Never rejects. */
  async ended(request: Request): Promise<void> {
    try {
      await this.app.backend?.attempts?.end(request.id);
    } catch (error) {
      this.log.say('WARNING', `${request.label}: its start still counts as unfinished: ${String(error)}`);
    }
  }

  /** Sends the message of a lost child again, one loss richer. False: that were too many, and a copy is in the dead letter queue. */
  async sendAgain(request: Request): Promise<boolean> {
    const lost = 1 + lostBefore(request);
    if (lost >= this.#limit) {
      await this.#bury(request);
      return false;
    }
    await this.#publish(request, request.source.queue, { [LOST]: lost });
    return true;
  }

  async #lostWorkers({ id, source }: Request): Promise<number> {
    const { backend } = this.app;
    if (!backend?.attempts) return source.deliveryCount ?? 0;
    return 1 + (await backend.attempts.begin(id));
  }

  async #bury(request: Request): Promise<void> {
    const queue = dlq(request);
    const topology: Topology = {
      exchanges: [],
      queues: [{ name: queue, durable: true, exclusive: false, autoDelete: false }],
      bindings: [],
    };
    await this.app.broker.declare(topology);
    // also where it is 0: whoever sends the copy again sends what has begun before, and means it
    await this.#publish(request, queue, { [LOST]: lostBefore(request) });
  }

  async #publish({ received }: Request, queue: string, more: Headers): Promise<void> {
    const { broker, config } = this.app;
    const headers = { ...withoutBrokerHeaders(received.headers), ...more };
    const message = { body: received.body, headers, properties: received.properties };
    const options = { confirm: true, mandatory: true, timeout: config.publishTimeout * 1000 };
    await broker.publish(message, { exchange: '', routingKey: queue }, options);
  }
}

const dlq = ({ source }: Request): string => `${source.queue}.dlq`;

/** Anybody may have written the header. */
function lostBefore({ received }: Request): number {
  const lost = received.headers[LOST];
  return typeof lost === 'number' && Number.isSafeInteger(lost) && lost > 0 ? lost : 0;
}
