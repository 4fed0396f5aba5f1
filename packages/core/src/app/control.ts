import type { Broker, Topology } from '../contracts/broker.js';
import type { Clock } from '../contracts/clock.js';
import type { ContentRegistry } from '../protocol/content.js';
import type { CompiledConfig } from './compiled-config.js';

const PIDBOX = 'celery.pidbox';

/** Celery's declaration of the mailbox exchange; another one would close the channel. */
const MAILBOX: Topology = {
  exchanges: [{ name: PIDBOX, type: 'fanout', durable: false, autoDelete: false }],
  queues: [],
  bindings: [],
};

/** Seconds after which a worker that wakes up late ignores a command. */
const COMMAND_EXPIRES = 1;

export interface RevokeOptions {
  /** End the task even when it runs already. @default false */
  terminate?: boolean;
  /** With `terminate`: the signal for the process that runs it. @default 'SIGTERM' */
  signal?: string;
}

interface ControlDeps {
  readonly broker: Broker;
  readonly content: ContentRegistry;
  readonly config: CompiledConfig;
  readonly clock: Clock;
}

/** Tells every worker of the cluster something. Celery's `app.control`. */
export class Control {
  readonly #deps: ControlDeps;
  #clock = 0;

  constructor(deps: ControlDeps) {
    this.#deps = deps;
  }

  /** Asks all workers to discard these tasks; resolves when the broker has taken the request, not when it is obeyed. */
  async revoke(
    taskId: string | readonly string[],
    { terminate = false, signal = 'SIGTERM' }: RevokeOptions = {},
  ): Promise<void> {
    await this.#broadcast('revoke', { task_id: taskId, terminate, signal });
  }

  async #broadcast(method: string, args: Record<string, unknown>): Promise<void> {
    const { broker, content, config, clock } = this.#deps;
    const command = { method, arguments: args, destination: null, pattern: null, matcher: null };
    const { contentType, contentEncoding, data } = content.encode(command, config.taskSerializer);
    const headers = { clock: ++this.#clock, expires: clock.now().getTime() / 1000 + COMMAND_EXPIRES };
    const properties = { contentType, contentEncoding, deliveryMode: 2 as const, priority: 0 };
    if (broker.status.state === 'idle') await broker.connect();
    await broker.declare(MAILBOX);
    const options = { confirm: config.publishConfirm, mandatory: false, timeout: config.publishTimeout * 1000 };
    await broker.publish(
      { body: Buffer.from(data), headers, properties },
      { exchange: PIDBOX, routingKey: '' },
      options,
    );
  }
}
