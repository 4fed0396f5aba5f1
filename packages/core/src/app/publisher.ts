import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Broker, OutgoingMessage, PublishOptions } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import { OperationalError, PublishTimeout } from '../errors/broker-errors.js';
import { hasCode } from '../errors/celery-error.js';
import type { ContentRegistry } from '../protocol/content.js';
import { encodeTaskMessage } from '../protocol/task-message.js';
import { byDeadline } from './by-deadline.js';
import type { CompiledConfig } from './compiled-config.js';
import { overlay } from './overlay.js';
import { retryPolicy } from './retry-policy.js';
import { TaskRouter } from './router.js';
import { buildTaskMessage } from './task-call.js';
import type { TaskCall } from './task-call.js';
import type { ApplyAsyncOptions } from './task-options.js';
import type { Destination, TaskQueues } from './topology.js';

export interface PublisherDeps {
  readonly config: CompiledConfig;
  readonly broker: Broker;
  readonly queues: TaskQueues;
  readonly content: ContentRegistry;
  readonly clock: Clock;
}

/** Turns calls into messages and hands them to the broker. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #router: TaskRouter;
  readonly #origin = `gen${process.pid}@${hostname()}`;
  readonly #replyTo = randomUUID();
  readonly #options: Omit<PublishOptions, 'timeout'>;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#router = new TaskRouter(deps.config.taskRoutes);
    this.#options = { confirm: deps.config.publishConfirm, mandatory: deps.config.publishMandatory };
  }

  /**
   * Resolves with the task's id when the broker has taken the message (and, as configured, confirmed and routed it).
   * @throws OperationalError when the broker could not be reached by `retryPolicy` within `publishTimeout`,
   * PublishTimeout when it took no message in that time, MessageReturned when no queue takes it, EncodeError when an argument cannot be written.
   */
  async publish(call: TaskCall): Promise<string> {
    const { config, queues, content, clock } = this.#deps;
    const options = this.#routed(call);
    const destination = queues.destination(options);
    const message = buildTaskMessage(
      { ...call, options },
      { config, now: clock.now(), origin: this.#origin, replyTo: this.#replyTo },
    );
    const encoded = encodeTaskMessage(message, {
      registry: content,
      serializer: options.serializer ?? config.taskSerializer,
    });
    await this.#send(encoded, destination, options);
    return message.headers.id;
  }

  /** Options of the call win over those of the route; null and undefined are not given. */
  #routed({ name, args, options }: TaskCall): ApplyAsyncOptions {
    const route = this.#router.route(name, args, options.kwargs ?? {}, options);
    return overlay(route ?? {}, options);
  }

  async #send(message: OutgoingMessage, destination: Destination, options: ApplyAsyncOptions): Promise<void> {
    const { config, clock } = this.#deps;
    const deadline = clock.monotonic() + config.publishTimeout * 1000;
    const policy = retryPolicy(config.taskPublishRetryPolicy, options.retryPolicy, 'retryPolicy');
    const retries = (options.retry ?? config.taskPublishRetry) ? (policy.maxRetries ?? Infinity) : 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(message, destination, deadline);
      } catch (error) {
        if (!hasCode(error, 'BROKER_UNAVAILABLE')) throw error;
        const pause = Math.min(policy.intervalStart + attempt * policy.intervalStep, policy.intervalMax) * 1000;
        if (attempt >= retries || clock.monotonic() + pause >= deadline) throw givenUp(error, attempt + 1, destination);
        await clock.sleep(pause);
      }
    }
  }

  async #attempt(message: OutgoingMessage, destination: Destination, deadline: number): Promise<void> {
    const { broker, clock, config } = this.#deps;
    const late = () => notSent(destination, config.publishTimeout * 1000);
    await byDeadline(this.#prepare(destination), { clock, at: deadline, late });
    const timeout = deadline - clock.monotonic();
    if (timeout <= 0) throw late();
    await broker.publish(message, destination, { ...this.#options, timeout });
  }

  async #prepare({ topology }: Destination): Promise<void> {
    const { broker } = this.#deps;
    if (broker.status.state === 'idle') await broker.connect();
    await broker.declare(topology);
  }
}

function notSent({ exchange, routingKey }: Destination, timeout: number): PublishTimeout {
  const why = 'It was not sent: the connection, or the declaration of the queue, took too long.';
  return new PublishTimeout(exchange, routingKey, timeout, why);
}

function givenUp(cause: Error, attempts: number, { exchange, routingKey }: Destination): OperationalError {
  return new OperationalError(
    `The task was not sent to exchange '${exchange}', routing key '${routingKey}', in ${attempts} attempt(s): ${cause.message}`,
    { cause },
  );
}
