import { ObservableBrokerStatus } from '../app/broker-status.js';
import type { AdapterDeps, AdapterFactory } from '../app/adapter.js';
import type {
  Broker,
  OutgoingMessage,
  PublishOptions,
  QueueAdmin,
  Route,
  Session,
  SessionHandlers,
  Topology,
} from '../contracts/broker.js';
import { BrokerUnavailable, MessageReturned } from '../errors/broker-errors.js';
import { MemoryHub } from './memory-hub.js';
import { MemorySession } from './memory-session.js';
import { memoryName, openSharedStore } from './shared-stores.js';

/**
 * `memory://name`: queues in this process's memory, shared by every broker of that name, gone when the last of them is closed.
 * For a first try and for tests; the reference that the conformance suite was written against.
 */
export function memoryBroker(url = 'memory://'): AdapterFactory<Broker> {
  return (deps) => new MemoryBroker(memoryName(url), deps);
}

class MemoryBroker implements Broker {
  readonly safeUrl: string;
  readonly status = new ObservableBrokerStatus();
  readonly admin: QueueAdmin;
  readonly deadLetters = true;
  readonly #name: string;
  readonly #deps: AdapterDeps;
  readonly #sessions = new Set<MemorySession>();
  readonly #exclusiveQueues = new Set<string>();
  #opened: { store: MemoryHub; release(): void } | undefined;
  #closed = false;

  constructor(name: string, deps: AdapterDeps) {
    this.safeUrl = `memory://${name}`;
    this.#name = name;
    this.#deps = deps;
    this.admin = memoryQueueAdmin(() => this.#hub);
  }

  async connect(): Promise<void> {
    this.#closed = false;
    this.#open();
  }

  async declare(topology: Topology): Promise<void> {
    const hub = this.#hub;
    const own = topology.queues.filter(({ name, exclusive }) => exclusive && !hub.findQueue(name));
    hub.declare(topology);
    for (const { name } of own) this.#exclusiveQueues.add(name);
  }

  async publish(message: OutgoingMessage, route: Route, { mandatory }: PublishOptions): Promise<void> {
    const count = this.#hub.route(message, route);
    if (count === 0 && mandatory) throw new MessageReturned(route.exchange, route.routingKey, 'NO_ROUTE');
  }

  async openSession(handlers: SessionHandlers): Promise<Session> {
    const session = new MemorySession(this.#hub, handlers, this.#deps.logger);
    for (const known of this.#sessions) if (!known.open) this.#sessions.delete(known);
    this.#sessions.add(session);
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#sessions.clear();
    for (const queue of this.#exclusiveQueues) this.#opened?.store.deleteQueue(queue);
    this.#opened?.release();
    this.#opened = undefined;
    this.status.set('closed');
  }

  /** Connects when first used; not again after `close()`. */
  get #hub(): MemoryHub {
    if (this.#closed) throw new BrokerUnavailable(`The broker ${this.safeUrl} is closed: connect() opens it again.`);
    return this.#open();
  }

  #open(): MemoryHub {
    const { clock } = this.#deps;
    this.#opened ??= openSharedStore(
      'broker',
      this.#name,
      () => new MemoryHub(clock),
      (hub) => hub.close(),
    );
    this.status.set('ready');
    return this.#opened.store;
  }
}

function memoryQueueAdmin(hub: () => MemoryHub): QueueAdmin {
  return {
    async depth(name) {
      const queue = hub().findQueue(name);
      return queue && { messages: queue.length, consumers: queue.consumers.length };
    },
    async purge(name) {
      return hub().queue(name).purge();
    },
    async deleteQueue(name) {
      hub().deleteQueue(name);
    },
  };
}
