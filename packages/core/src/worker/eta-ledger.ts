import type { Cancel, Clock } from '../contracts/clock.js';
import { EtaHeap } from './eta-heap.js';
import type { Held } from './eta-heap.js';
import type { Request } from './request.js';

/** Messages that are held, unacknowledged, until a time. */
export class EtaLedger {
  readonly #heap = new EtaHeap();
  #alarm: { at: number; cancel: Cancel } | undefined;
  #turns = 0;

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (held: Held) => void,
  ) {}

  get size(): number {
    return this.#heap.size;
  }

  hold({ request, due, eta, raised }: Omit<Held, 'turn'>): void {
    keepOwnBytes(request);
    this.#heap.push({ request, due, eta, turn: ++this.#turns, raised });
    this.#setAlarm();
  }

  /** Who is held, in no order. */
  *[Symbol.iterator](): Iterator<Held> {
    yield* this.#heap;
  }

  /** Calls the timer off and gives back what was held. */
  clear(): Request[] {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    return this.#heap.takeAll().map(({ request }) => request);
  }

  #setAlarm(): void {
    const due = this.#heap.peek()?.due;
    if (due === undefined || (this.#alarm && this.#alarm.at <= due)) return;
    this.#alarm?.cancel();
    this.#alarm = { at: due, cancel: this.clock.at(new Date(due), () => this.#onAlarm()) };
  }

  #onAlarm(): void {
    this.#alarm = undefined;
    const now = this.clock.now().getTime();
    for (let next = this.#heap.peek(); next && next.due <= now; next = this.#heap.peek()) {
      this.#heap.pop();
      this.onDue(next);
    }
    this.#setAlarm();
  }
}

/** A message that came over a socket keeps the whole piece that was read with it: several messages, and the bytes of its headers. */
function keepOwnBytes({ received }: Request): void {
  if (received.body.buffer.byteLength > 2 * received.body.length) received.body = Buffer.from(received.body);
}
