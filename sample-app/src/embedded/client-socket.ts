import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { Session } from './session.js';

/** Where pg expects a TCP socket: what it writes goes to the session in this process, and the answers come back. */
export class ClientSocket extends Duplex {
  readonly #session: Session;
  readonly #stopListening: () => void;
  /** Set while this client has the session. */
  #release: (() => void) | undefined;
  /** What this client sent is being answered: notifications stand in the answer already. */
  #isExchanging = false;

  constructor(session: Session) {
    super();
    this.#session = session;
    this.#stopListening = session.onNotification((channel, payload) => {
      if (!this.#isExchanging) this.push(notification(channel, payload));
    });
  }

  // What pg calls on a socket.
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    callbackify(() => this.#send(chunk))(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    callbackify(() => this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk))))(done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopListening();
    callbackify(() => this.#leave())((failure) => done(error ?? failure));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (bytes[0] === TERMINATE) return; // the session goes on for the others
    this.#release ??= await this.#session.take();
    if (this.destroyed) return this.#giveBack(); // it left while it stood in line
    this.#isExchanging = true;
    const { data, isIdle } = await this.#session.exchange(bytes).finally(() => (this.#isExchanging = false));
    if (isIdle) this.#giveBack();
    else if (this.destroyed) await this.#leave();
    if (data.length > 0) this.push(data);
  }

  /** As a server does when a connection breaks: what was not committed is undone. */
  async #leave(): Promise<void> {
    if (this.#release) await this.#session.exchange(ROLLBACK);
    this.#giveBack();
  }

  #giveBack(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

const TERMINATE = 'X'.charCodeAt(0);
const ROLLBACK = message('Q', 'ROLLBACK\0');

/** A NotificationResponse from process 0. */
function notification(channel: string, payload: string): Buffer {
  return message('A', `\0\0\0\0${channel}\0${payload}\0`);
}

/** One message of the protocol: its letter, its length and that of the length itself, its body. */
function message(letter: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5, letter);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}
