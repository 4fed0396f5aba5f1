import type { CeleryApp } from '../app/celery-app.js';
import { isQuorum } from '../app/task-queue.js';
import type { DeclareArguments, Topology } from '../contracts/broker.js';
import { parseIso } from '../protocol/iso-date.js';
import { withoutBrokerHeaders } from '../protocol/task-headers.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { Request } from './request.js';

/** 2^27 seconds are four years; what is farther away waits more than once. */
const HIGHEST_LEVEL = 27;

/** Milliseconds; more closes the channel. */
const LONGEST_EXPIRATION = 2 ** 32 - 1;

/**
 * A queue that nobody declares for so long after its last message has left it is deleted. RabbitMQ drops what is in a queue that
 * it deletes: each message is sent right after a declaration, which starts the time anew, and leaves a day before it is over.
 */
const UNUSED_MS = 24 * 3600 * 1000;

/**
 * Queues of ours in which messages wait at the broker: what is in `<queue>.eta.<n>` goes back to `<queue>` after 2^n seconds.
 * It comes back as an ordinary message, which a worker of any language takes.
 */
export class DelayQueues {
  readonly #topologies = new Map<string, Topology>();

  constructor(private readonly app: CeleryApp) {}

  /** Whether the broker can do this. */
  get available(): boolean {
    return this.app.broker.deadLetters === true;
  }

  /** The longest wait that is not longer than `seconds`; undefined below a second. */
  level(seconds: number): number | undefined {
    return seconds < 1 ? undefined : Math.min(Math.floor(Math.log2(seconds)), HIGHEST_LEVEL);
  }

  /** Resolves when the broker has the message: then it may be acknowledged here. @throws BrokerUnavailable, PublishTimeout, MessageReturned … */
  async send({ source, received, message }: Request, level: number): Promise<void> {
    const { broker, config, clock } = this.app;
    const name = `${source.queue}.eta.${level}`;
    await broker.declare(this.#topology(name, source.queue, level));
    const { expiration: _, ...properties } = received.properties;
    const outgoing = {
      body: received.body,
      headers: withoutBrokerHeaders(received.headers),
      properties: { ...properties, ...expiration(message, 2 ** level * 1000, clock.now()) },
    };
    const options = { confirm: true, mandatory: true, timeout: config.publishTimeout * 1000 };
    await broker.publish(outgoing, { exchange: '', routingKey: name }, options);
  }

  /** The same object for the same queue: the broker remembers by it what is declared. */
  #topology(name: string, target: string, level: number): Topology {
    let topology = this.#topologies.get(name);
    if (!topology) {
      const queue = this.app.queues.find(target);
      const args = delayArguments(target, level, queue !== undefined && isQuorum(queue));
      const declaration = { name, durable: true, exclusive: false, autoDelete: false, arguments: args };
      topology = { exchanges: [], queues: [declaration], bindings: [] };
      this.#topologies.set(name, topology);
    }
    return topology;
  }
}

/**
 * When the message is to come back because its task expires first: it is revoked in time then. One millisecond late, so that it has
 * expired for sure. The broker drops this property with the first wait.
 */
function expiration({ headers: { expires } }: TaskMessage, ttl: number, now: Date): { expiration?: string } {
  const left = expires === null ? Infinity : Math.max(0, parseIso(expires).getTime() - now.getTime()) + 1;
  return left < Math.min(ttl, LONGEST_EXPIRATION) ? { expiration: String(left) } : {};
}

/** As safe as the queue itself: replicated where it is. To declare a quorum queue again does not renew its time, so that one stays. */
function delayArguments(target: string, level: number, quorum: boolean): DeclareArguments {
  const ttl = 2 ** level * 1000;
  const args = { 'x-message-ttl': ttl, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': target };
  if (!quorum) return { ...args, 'x-expires': ttl + UNUSED_MS };
  return {
    ...args,
    'x-queue-type': 'quorum',
    'x-overflow': 'reject-publish',
    'x-dead-letter-strategy': 'at-least-once',
  };
}
