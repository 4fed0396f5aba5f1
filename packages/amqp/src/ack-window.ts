/** Sends acknowledgements; `multiple` = this one and all before it. */
export type SendAck = (tag: number, multiple: boolean) => void;

/**
 * Gathers the acknowledgements of one turn of the event loop: one `ack(multiple)` for everything up to the oldest message
 * that is still open. Those behind an open one wait a turn longer for it to be done, then go singly: a slow task
 * holds back nobody's ack.
 */
export class AckWindow {
  readonly #send: SendAck;
  /** Tags that are not settled, in order of delivery, which is ascending. */
  readonly #open = new Set<number>();
  #due: number[] = [];
  #waited: number[] = [];
  #scheduled = false;
  #asked: { readonly written: Promise<void>; tell(): void } | undefined;

  constructor(send: SendAck) {
    this.#send = send;
  }

  /** A delivery that wants to be settled. */
  add(tag: number): void {
    this.#open.add(tag);
  }

  ack(tag: number): void {
    this.#open.delete(tag);
    this.#due.push(tag);
    this.#schedule();
  }

  /** Settled in another way. */
  remove(tag: number): void {
    this.#open.delete(tag);
  }

  /** Sends every ack that is due. */
  flush(): void {
    this.#sendUpToOpen();
    this.#sendSingly(this.#due);
    this.#due = [];
  }

  /** Resolves when every ack that is due now is on the connection: none of them waits for an open one. One promise for all who ask in a turn. */
  written(): Promise<void> {
    if (!this.#asked) {
      let tell = () => {};
      const written = new Promise<void>((resolve) => (tell = resolve));
      this.#asked = { written, tell };
      this.#schedule();
    }
    return this.#asked.written;
  }

  /** The channel is gone, and with it all that was due. */
  clear(): void {
    this.#open.clear();
    this.#due = this.#waited = [];
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#asked) return this.#answer(this.#asked.tell);
    this.#sendUpToOpen();
    this.#waited = this.#due;
    this.#due = [];
    if (this.#waited.length > 0) this.#schedule();
  }

  /** amqplib hands to its socket in the next turn what it gets in this one, and asks for that turn in a tick. */
  #answer(tell: () => void): void {
    this.#asked = undefined;
    this.flush();
    process.nextTick(() => setImmediate(tell));
  }

  /** Sends what lies before the oldest open tag together, what has waited singly, and keeps the rest in `#due`. */
  #sendUpToOpen(): void {
    const oldest = this.#oldestOpen();
    const before: number[] = [];
    const behind: number[] = [];
    for (const tag of this.#due) (tag < oldest ? before : behind).push(tag);
    const late: number[] = [];
    for (const tag of this.#waited) (tag < oldest ? before : late).push(tag);
    if (before.length > 0) this.#send(highest(before), before.length > 1);
    this.#sendSingly(late);
    this.#waited = [];
    this.#due = behind;
  }

  #sendSingly(tags: readonly number[]): void {
    for (const tag of tags) this.#send(tag, false);
  }

  #oldestOpen(): number {
    for (const tag of this.#open) return tag;
    return Infinity;
  }
}

/** A window without limit may hold more than `Math.max()` takes. */
const highest = (tags: readonly number[]) => tags.reduce((a, b) => (a > b ? a : b));
