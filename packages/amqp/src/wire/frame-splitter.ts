import { FRAME_END, FRAME_HEADER_BYTES, FRAME_OVERHEAD_BYTES } from './frames.js';

/** Takes frames of one channel. The payload is between `start` and `end`. */
export interface FrameSink {
  /** True: the frame is dealt with, amqplib must not see it. */
  accept(type: number, bytes: Buffer, start: number, end: number): boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * Stands between the socket and amqplib and takes out the frames that carry messages, whole, however the network cut them.
 * Everything else passes through untouched.
 */
export class FrameSplitter {
  readonly #sinks = new Map<number, FrameSink>();
  readonly #maxFrame: number;
  #rest: Buffer = NOTHING;

  /** @param maxFrame largest payload that is accepted, in bytes; 0 = any. */
  constructor(maxFrame: number) {
    this.#maxFrame = maxFrame;
  }

  attach(channel: number, sink: FrameSink): void {
    this.#sinks.set(channel, sink);
  }

  detach(channel: number): void {
    this.#sinks.delete(channel);
  }

  /** Takes bytes as they came; returns the whole frames among them that are amqplib's. @throws Error for bytes that are not AMQP. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const passed: Buffer[] = [];
    let at = 0;
    let passFrom = 0;
    for (let next = this.#frameEnd(bytes, at); next !== undefined; next = this.#frameEnd(bytes, at)) {
      if (this.#taken(bytes, at, next)) {
        if (passFrom < at) passed.push(bytes.subarray(passFrom, at));
        passFrom = next;
      }
      at = next;
    }
    if (passFrom < at) passed.push(bytes.subarray(passFrom, at));
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
    return passed.length === 1 ? (passed[0] ?? NOTHING) : Buffer.concat(passed);
  }

  /** Where the frame at `at` ends; undefined when it is not complete. */
  #frameEnd(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < FRAME_HEADER_BYTES) return undefined;
    const size = bytes.readUInt32BE(at + 3);
    if (this.#maxFrame > 0 && size > this.#maxFrame) {
      throw new Error(`The broker sent a frame of ${size} bytes; ${this.#maxFrame} are allowed.`);
    }
    const end = at + size + FRAME_OVERHEAD_BYTES;
    if (end > bytes.length) return undefined;
    if (bytes[end - 1] !== FRAME_END) throw new Error('The broker sent a frame without an end mark.');
    return end;
  }

  #taken(bytes: Buffer, at: number, next: number): boolean {
    const sink = this.#sinks.get(bytes.readUInt16BE(at + 1));
    return sink?.accept(bytes[at] ?? 0, bytes, at + FRAME_HEADER_BYTES, next - 1) ?? false;
  }
}
