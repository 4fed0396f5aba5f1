import type { BrokerState, Clock } from '@nestjs-celery/core';
import { AccessRefused, BrokerUnavailable, hasCode } from '@nestjs-celery/core';
import type { AmqpConnection } from './amqp-connection.js';
import type { AmqpServer } from './amqp-server.js';
import type { ServerList } from './server-list.js';

/** Milliseconds to the next round of attempts after the first failed one; doubles up to the longest. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;

export type LinkState = Extract<BrokerState, 'idle' | 'connecting' | 'ready' | 'blocked'>;

export interface LinkDeps {
  servers: ServerList;
  clock: Clock;
  open(server: AmqpServer): Promise<AmqpConnection>;
  /** Told of each change: 'idle' = not connected, with the reason. */
  onState(state: LinkState, error?: Error): void;
}

/** The way to the broker: one connection at a time, opened when it is needed, and again when it was lost. */
export class AmqpLink {
  readonly #deps: LinkDeps;
  #current: AmqpConnection | undefined;
  #attempt: Promise<AmqpConnection> | undefined;
  #failures = 0;
  #notBefore = 0;
  #closed = new AbortController();

  constructor(deps: LinkDeps) {
    this.#deps = deps;
  }

  get current(): AmqpConnection | undefined {
    return this.#current;
  }

  /** The open connection, or a new one; several callers share one attempt. @throws BrokerUnavailable, AccessRefused */
  async connection(): Promise<AmqpConnection> {
    if (this.#current) return this.#current;
    this.#attempt ??= this.#connect(this.#closed.signal).finally(() => (this.#attempt = undefined));
    return this.#attempt;
  }

  /** Closes the connection and calls off an attempt. `connection()` opens another. */
  async close(): Promise<void> {
    this.#closed.abort(new BrokerUnavailable('The broker was closed while it was connecting.'));
    this.#closed = new AbortController();
    const current = this.#current;
    this.#current = undefined;
    this.#failures = 0;
    await Promise.all([current?.close(), this.#attempt?.catch(() => {})]);
  }

  async #connect(signal: AbortSignal): Promise<AmqpConnection> {
    const { onState, clock } = this.#deps;
    onState('connecting');
    try {
      const pause = this.#notBefore - clock.monotonic();
      if (this.#failures > 0 && pause > 0) await clock.sleep(pause, signal);
      const connection = await this.#tryAll(signal);
      this.#failures = 0;
      return this.#adopt(connection);
    } catch (error) {
      this.#postpone();
      onState('idle', error as Error);
      throw error;
    }
  }

  async #tryAll(signal: AbortSignal): Promise<AmqpConnection> {
    const errors: Error[] = [];
    for (const server of this.#deps.servers.inOrder()) {
      try {
        const connection = await this.#deps.open(server);
        if (signal.aborted) return await discard(connection, signal);
        this.#deps.servers.worked(server);
        return connection;
      } catch (error) {
        if (signal.aborted) throw error;
        errors.push(error as Error);
      }
    }
    throw together(errors);
  }

  #adopt(connection: AmqpConnection): AmqpConnection {
    this.#current = connection;
    const { onState } = this.#deps;
    connection.events.on('blocked', (reason) => onState(reason === undefined ? 'ready' : 'blocked'));
    connection.events.once('lost', (error) => {
      if (this.#current !== connection) return;
      this.#current = undefined;
      onState('idle', error);
    });
    onState('ready');
    return connection;
  }

  /** Between half of the pause and all of it, so that many clients do not come back in step. */
  #postpone(): void {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
    this.#notBefore = this.#deps.clock.monotonic() + pause * (0.5 + Math.random() / 2);
  }
}

async function discard(connection: AmqpConnection, signal: AbortSignal): Promise<never> {
  await connection.close();
  throw signal.reason;
}

/** One error for all brokers of the list; trying again is only pointless when each of them refused us. */
function together(errors: readonly Error[]): Error {
  const [first] = errors;
  if (first && errors.length === 1) return first;
  const message = errors.map((error) => error.message).join(' ');
  const refused = errors.every((error) => hasCode(error, 'ACCESS_REFUSED'));
  return refused ? new AccessRefused(message) : new BrokerUnavailable(message);
}
