import type { Clock, Logger } from '@nestjs-celery/core';
import type { PgClient } from './pg-driver.js';
import { reasonOf } from './pg-errors.js';
import { quoted } from './result-tables.js';
import { DEFAULT_RETRY, pause } from './retry.js';
import { PAYLOAD_SEPARATOR } from './upsert-statement.js';

export interface ListenerDeps {
  readonly openClient: () => PgClient;
  readonly channel: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** These are ready; undefined: any may be, also what came while nobody listened. */
  readonly onReady: (taskIds: readonly string[] | undefined) => void;
}

/** Listens to NOTIFY on a connection of its own, from the first `start()` on; opens another when that is lost. */
export class ResultListener {
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
    const { clock, logger } = this.#deps;
    for (let failures = 0; !this.#stopping.signal.aborted; failures++) {
      try {
        await this.#listen(() => (failures = 0));
      } catch (error) {
        logger.debug(`No notifications of results just now, polling goes on: ${reasonOf(error)}`);
        await pause(clock, failures, DEFAULT_RETRY, this.#stopping.signal);
      }
    }
  }

  /** One connection's life: resolves when it was closed by us, rejects when it could not be opened or was lost. */
  async #listen(onListening: () => void): Promise<void> {
    const { channel, openClient, onReady } = this.#deps;
    const client = openClient();
    const lost = endOf(client, this.#stopping.signal);
    client.on('notification', ({ channel: from, payload = '' }) => {
      if (from === channel) onReady(payload === '' ? undefined : payload.split(PAYLOAD_SEPARATOR));
    });
    try {
      await Promise.race([lost, client.connect().then(() => client.query(`LISTEN ${quoted(channel)}`))]);
      if (this.#stopping.signal.aborted) return;
      onListening();
      onReady(undefined);
      await lost;
    } finally {
      await client.end().catch(() => {});
    }
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
