import type { Clock, Logger } from '@nestjs-celery/core';
import type { PgClient } from './pg-driver.js';
import { reasonOf } from './pg-errors.js';
import { quoted } from './result-tables.js';
import { DEFAULT_RETRY, pause } from './retry.js';

export interface ListenerDeps {
  readonly openClient: () => PgClient;
  readonly channel: string;
  /** What it hears of, for the log: 'results'. */
  readonly subject: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onMessage: (payload: string) => void;
  /** From now on messages come: of what was told before, nobody heard. Comes again after each loss. */
  readonly onListening: () => void;
  /** Messages are missed from now on. */
  readonly onLost?: () => void;
}

/** Milliseconds that a server is given to answer a goodbye. */
const GOODBYE = 1_000;

/** Listens to NOTIFY on a connection of its own, from the first `start()` on; opens another when that is lost. */
export class NotificationListener {
  readonly #deps: ListenerDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
  }

  /** May be called again at any time. */
  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger, subject, onLost } = this.#deps;
    for (let failures = 0; !this.#stopping.signal.aborted; failures++) {
      try {
        await this.#listen(() => (failures = 0));
      } catch (error) {
        onLost?.();
        logger.debug(`No notifications of ${subject} just now, polling goes on: ${reasonOf(error)}`);
        await pause(clock, failures, DEFAULT_RETRY, this.#stopping.signal);
      }
    }
  }

  /** One connection's life: resolves when it was closed by us, rejects when it could not be opened or was lost. */
  async #listen(onOpen: () => void): Promise<void> {
    const { channel, openClient, onMessage, onListening } = this.#deps;
    const client = openClient();
    const lost = endOf(client, this.#stopping.signal);
    client.on('notification', ({ channel: from, payload = '' }) => {
      if (from === channel) onMessage(payload);
    });
    try {
      await Promise.race([lost, client.connect().then(() => client.query(`LISTEN ${quoted(channel)}`))]);
      if (this.#stopping.signal.aborted) return;
      onOpen();
      onListening();
      await lost;
    } finally {
      await this.#leave(client);
    }
  }

  /** One that has vanished answers no goodbye. */
  async #leave(client: PgClient): Promise<void> {
    const left = new AbortController();
    const ended = client.end().then(
      () => left.abort(),
      () => left.abort(),
    );
    await Promise.race([ended, this.#deps.clock.sleep(GOODBYE, left.signal).catch(() => {})]);
  }
}

/** Resolves when the signal aborts, rejects when the connection breaks or ends. */
function endOf(client: PgClient, signal: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    const stop = () => resolve();
    const lose = (error = new Error('the connection was closed')) => {
      signal.removeEventListener('abort', stop);
      reject(error);
    };
    signal.addEventListener('abort', stop, { once: true });
    client.on('error', lose);
    client.on('end', () => lose());
  });
  ended.catch(() => {}); // it may break before anybody waits for its end
  return ended;
}
