import { BrokerUnavailable, hasCode, ImproperlyConfigured, ObservableBrokerStatus } from '@nestjs-celery/core';
import type {
  AdapterDeps,
  Broker,
  OpenSessionOptions,
  OutgoingMessage,
  PublishOptions,
  QueueAdmin,
  Route,
  Session,
  SessionHandlers,
  Topology,
} from '@nestjs-celery/core';
import { AmqpConnection } from './amqp-connection.js';
import { AmqpLink } from './amqp-link.js';
import type { LinkState } from './amqp-link.js';
import type { AmqpOptions } from './amqp-options.js';
import { AmqpPublisher } from './amqp-publisher.js';
import type { AmqpServer } from './amqp-server.js';
import { AmqpSession } from './amqp-session.js';
import { Declarations } from './declarations.js';
import { hasGlobalPrefetch } from './rabbitmq-version.js';
import { AmqpQueueAdmin } from './queue-admin.js';
import { safeUrl } from './safe-url.js';
import { ServerList } from './server-list.js';

export interface AmqpBrokerOptions extends AmqpOptions {
  servers: readonly AmqpServer[];
  deps: Pick<AdapterDeps, 'config' | 'clock' | 'logger'>;
}

/** RabbitMQ. One connection to publish, opened when first used, and one to consume, opened with the first session. */
export class AmqpBroker implements Broker {
  readonly safeUrl: string;
  readonly status = new ObservableBrokerStatus();
  readonly admin: QueueAdmin;
  readonly deadLetters = true;
  readonly #options: AmqpBrokerOptions;
  readonly #publishing: AmqpLink;
  readonly #consuming: AmqpLink;
  readonly #confirmed: AmqpPublisher;
  readonly #plain: AmqpPublisher;
  readonly #declarations = new WeakMap<AmqpConnection, Declarations>();
  readonly #sessions = new Set<AmqpSession>();
  #sawQuorumQueue = false;
  #closed = false;

  constructor(options: AmqpBrokerOptions) {
    const { servers, deps, maxUnconfirmed = 1000 } = options;
    if (!(maxUnconfirmed >= 1))
      throw new ImproperlyConfigured(`maxUnconfirmed must be 1 or more, not ${maxUnconfirmed}.`);
    this.#options = options;
    this.safeUrl = servers.map(safeUrl).join(';');
    this.#publishing = this.#link('publisher', (state, error) => this.status.set(state, error));
    this.#consuming = this.#link('consumer', () => {});
    const { clock, logger } = deps;
    const publisher = { link: this.#publishing, clock, logger, maxUnconfirmed };
    this.#confirmed = new AmqpPublisher({ ...publisher, confirm: true });
    this.#plain = new AmqpPublisher({ ...publisher, confirm: false });
    this.admin = new AmqpQueueAdmin(
      () => this.#openLink(this.#publishing),
      () => this.#forgetDeclarations(),
    );
  }

  async connect(): Promise<void> {
    this.#closed = false;
    await this.#publishing.connection();
  }

  async declare(topology: Topology): Promise<void> {
    const { queues } = topology;
    this.#sawQuorumQueue ||= queues.some((queue) => queue.arguments?.['x-queue-type'] === 'quorum');
    // An exclusive queue belongs to the connection that declared it, and is there to be consumed.
    const link = queues.some((queue) => queue.exclusive) ? this.#consuming : this.#publishing;
    const connection = await this.#openLink(link);
    await this.#declarationsOn(connection).declare(topology);
  }

  async publish(message: OutgoingMessage, route: Route, options: PublishOptions): Promise<void> {
    if (this.#closed) throw closedError();
    if (!options.confirm) return this.#plain.publish(message, route, options);
    try {
      await this.#confirmed.publish(message, route, options);
    } catch (error) {
      // A queue that was declared is gone: the next declare asks again.
      if (hasCode(error, 'MESSAGE_RETURNED')) this.#forgetDeclarations();
      throw error;
    }
  }

  async openSession(handlers: SessionHandlers, options: OpenSessionOptions = {}): Promise<Session> {
    const { quorumQueues = this.#sawQuorumQueue } = options;
    const connection = await this.#openLink(this.#consuming);
    const session = await AmqpSession.open(connection, {
      handlers,
      logger: this.#options.deps.logger,
      globalPrefetch: !quorumQueues && hasGlobalPrefetch(...connection.peer),
      onCancelled: () => this.#forgetDeclarations(),
    });
    for (const known of this.#sessions) if (!known.open) this.#sessions.delete(known);
    this.#sessions.add(session);
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#confirmed.drained(), this.#plain.drained()]);
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#sessions.clear();
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
    this.status.set('closed');
  }

  /** `status` tells of the publishing connection; of the other one its sessions tell. */
  #link(role: 'publisher' | 'consumer', onState: (state: LinkState, error?: Error) => void): AmqpLink {
    const { servers, deps, connectionName = 'nestjs-celery' } = this.#options;
    const { clock, config } = deps;
    const settings = {
      name: `${connectionName} ${role}`,
      heartbeat: config.brokerHeartbeat,
      connectionTimeout: config.brokerConnectionTimeout,
      requestTimeout: config.publishTimeout,
      clock,
    };
    const list = new ServerList(servers, config.brokerFailoverStrategy);
    return new AmqpLink({ servers: list, clock, onState, open: (server) => AmqpConnection.open(server, settings) });
  }

  async #openLink(link: AmqpLink): Promise<AmqpConnection> {
    if (this.#closed) throw closedError();
    return link.connection();
  }

  #declarationsOn(connection: AmqpConnection): Declarations {
    const known = this.#declarations.get(connection) ?? new Declarations(connection);
    this.#declarations.set(connection, known);
    return known;
  }

  #forgetDeclarations(): void {
    for (const { current } of [this.#publishing, this.#consuming]) if (current) this.#declarationsOn(current).forget();
  }
}

const closedError = () => new BrokerUnavailable('The broker is closed: connect() opens it again.');
