import { PGlite } from '@electric-sql/pglite';

/** What came back, as it goes to the client. */
export interface Answer {
  readonly data: Uint8Array;
  /** PostgreSQL waits for a new statement outside of any transaction. */
  readonly isIdle: boolean;
}

export type NotificationListener = (channel: string, payload: string) => void;

/**
 * The one session that PGlite has, for any number of clients: each gets it to itself from its first byte until the end of its
 * statement or transaction, and the others wait. So transactions are kept apart as on a server, only not side by side.
 */
export class Session {
  readonly #db: PGlite;
  #lastInLine: Promise<void> = Promise.resolve();

  private constructor(db: PGlite) {
    this.#db = db;
  }

  static async open(): Promise<Session> {
    return new Session(await PGlite.create());
  }

  /** Resolves when it is this caller's turn, with what ends the turn. */
  async take(): Promise<() => void> {
    const before = this.#lastInLine;
    let release = (): void => {};
    this.#lastInLine = new Promise((resolve) => (release = resolve));
    await before;
    return release;
  }

  /** Bytes of PostgreSQL's protocol; only by whoever has taken the session. */
  async exchange(bytes: Uint8Array): Promise<Answer> {
    const { messages, data } = await this.#db.execProtocol(bytes, { throwOnError: false });
    const last = messages.at(-1);
    return { data, isIdle: last?.name === 'readyForQuery' && 'status' in last && last.status === 'I' };
  }

  /** Hears every channel that any client listens to. Gives what ends it. */
  onNotification(listener: NotificationListener): () => void {
    return this.#db.onNotification(listener);
  }

  async close(): Promise<void> {
    const release = await this.take();
    await this.#db.close();
    release();
  }
}
