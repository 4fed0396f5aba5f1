import { randomUUID } from 'node:crypto';
import type { Broker, OutgoingMessage, PublishOptions } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import { OperationalError, PublishTimeout } from '../errors/broker-errors.js';
import { hasCode } from '../errors/celery-error.js';
import type { ContentRegistry } from '../protocol/content.js';
import { encodeTaskMessage } from '../protocol/task-message.js';
import { anonymousNodeName } from './anonymous-node-name.js';
import { byDeadline } from './by-deadline.js';
import type { CompiledConfig } from './compiled-config.js';
import { refuseOversize } from './message-size.js';
import { DelayedDestinations } from './delayed-destination.js';
import { overlay } from './overlay.js';
import { tellAfterPublish, tellBeforePublish } from './publish-signals.js';
import type { Publication } from './publish-signals.js';
import { retryPolicy } from './retry-policy.js';
import { TaskRouter } from './router.js';
import type { Signals } from './signals.js';
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
  /** Where `before_task_publish` and `after_task_publish` are told. */
  readonly signals: Signals;
}

/** Turns calls into messages and hands them to the broker. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #router: TaskRouter;
  readonly #origin = anonymousNodeName();
  readonly #replyTo = randomUUID();
  readonly #delayed: DelayedDestinations;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#router = new TaskRouter(deps.config.taskRoutes);
    this.#delayed = new DelayedDestinations(deps.queues, deps.config.brokerNativeDelayedDeliveryQueueType);
  }

  /**
   * Resolves with the task's id when the broker has taken the message (and, as configured, confirmed and routed it).
   * @throws OperationalError when the broker could not be reached by `retryPolicy` within `publishTimeout`,
   * PublishTimeout when it took no message in that time, MessageReturned when no queue takes it, EncodeError when an argument cannot be written.
   */
  async publish(call: TaskCall): Promise<string> {
    const { config, content, clock } = this.#deps;
    const options = this.#routed(call);
    const now = clock.now();
    const destination = this.#destination(options, now);
    const message = buildTaskMessage(
      { ...call, options },
      { config, now, origin: this.#origin, replyTo: this.#replyTo },
    );
    const encoded = encodeTaskMessage(message, {
      registry: content,
      serializer: options.serializer ?? config.taskSerializer,
    });
    refuseOversize(encoded, call.name, config.messageMaxBytes);
    await this.#carry({ task: message, message: encoded, destination }, options);
    return message.headers.id;
  }

  /** Options of the call win over those of the route; null and undefined are not given. */
  #routed({ name, args, options }: TaskCall): ApplyAsyncOptions {
    const route = this.#router.route(options.routeName ?? name, args, options.kwargs ?? {}, options);
    return overlay(route ?? {}, options);
  }

  #destination(options: ApplyAsyncOptions, now: Date): Destination {
    const { queues, broker } = this.#deps;
    const destination = queues.destination(options);
    const isDue = options.countdown === undefined && options.eta === undefined;
    return isDue || !broker.deadLetters ? destination : this.#delayed.of(destination, options, now);
  }

  /** The signals around it cost nothing while nobody listens. */
  #carry(publication: Publication, options: ApplyAsyncOptions): Promise<void> {
    const { signals } = this.#deps;
    const isHeard = signals.has('before_task_publish') || signals.has('after_task_publish');
    if (isHeard) return this.#carryAndTell(publication, options);
    return this.#send(publication.message, publication.destination, options);
  }

  async #carryAndTell(publication: Publication, options: ApplyAsyncOptions): Promise<void> {
    const { signals } = this.#deps;
    if (signals.has('before_task_publish')) await tellBeforePublish(signals, publication, this.#retryPolicy(options));
    await this.#send(publication.message, publication.destination, options);
    if (signals.has('after_task_publish')) await tellAfterPublish(signals, publication);
  }

  #retryPolicy({ retryPolicy: written }: ApplyAsyncOptions) {
    return retryPolicy(this.#deps.config.taskPublishRetryPolicy, written, 'retryPolicy');
  }

  async #send(message: OutgoingMessage, destination: Destination, options: ApplyAsyncOptions): Promise<void> {
    const { config, clock } = this.#deps;
    const publishing = this.#publishOptions(destination, options);
    const deadline = clock.monotonic() + publishing.timeout;
    const policy = this.#retryPolicy(options);
    const retries = (options.retry ?? config.taskPublishRetry) ? (policy.maxRetries ?? Infinity) : 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(message, destination, publishing, deadline);
      } catch (error) {
        if (!hasCode(error, 'BROKER_UNAVAILABLE')) throw error;
        const pause = Math.min(policy.intervalStart + attempt * policy.intervalStep, policy.intervalMax) * 1000;
        if (attempt >= retries || clock.monotonic() + pause >= deadline) throw givenUp(error, attempt + 1, destination);
        await clock.sleep(pause);
      }
    }
  }

  /** A broadcast that nobody hears is none the less sent. */
  #publishOptions({ broadcast }: Destination, options: ApplyAsyncOptions): PublishOptions {
    const { publishConfirm: confirm, publishMandatory, publishTimeout } = this.#deps.config;
    const mandatory = options.mandatory ?? (publishMandatory && !broadcast);
    return { confirm, mandatory, timeout: (options.confirmTimeout ?? publishTimeout) * 1000 };
  }

  async #attempt(
    message: OutgoingMessage,
    destination: Destination,
    { confirm, mandatory, timeout: within }: PublishOptions,
    deadline: number,
  ): Promise<void> {
    const { broker, clock } = this.#deps;
    const late = () => notSent(destination, within);
    await byDeadline(this.#prepare(destination), { clock, at: deadline, late });
    const timeout = deadline - clock.monotonic();
    if (timeout <= 0) throw late();
    await broker.publish(message, destination, { confirm, mandatory, timeout });
  }

  async #prepare({ topology, groundwork }: Destination): Promise<void> {
    const { broker } = this.#deps;
    if (broker.status.state === 'idle') await broker.connect();
    try {
      await broker.declare(topology);
    } catch (error) {
      if (!groundwork || !hasCode(error, 'NOT_FOUND')) throw error;
      await broker.declare(groundwork);
      await broker.declare(topology);
    }
  }
}

function notSent({ exchange, routingKey }: Destination, timeout: number): PublishTimeout {
  const why = 'It was not sent: the connection, or the declaration of the queue, took too long.';
  return new PublishTimeout(exchange, routingKey, timeout, why, false);
}

function givenUp(cause: Error, attempts: number, { exchange, routingKey }: Destination): OperationalError {
  return new OperationalError(
    `The task was not sent to exchange '${exchange}', routing key '${routingKey}', in ${attempts} attempt(s): ${cause.message}`,
    { cause },
  );
}
