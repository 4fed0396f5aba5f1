import { EncodeError } from '@nestjs-celery/core';

const SLAB_BYTES = 64 * 1024;
/** Shorter texts are copied in JavaScript: cheaper than a call into the runtime. */
const SHORT_TEXT = 48;

/**
 * A growing buffer to write frames into. `take()` hands out what was written and goes on behind it, so that
 * many small messages share one allocation. Marks are counted from the last `take()`: growing does not move them.
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #end = 0;

  /** Bytes written since the last `take()`. */
  get length(): number {
    return this.#end - this.#start;
  }

  take(): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }

  /** Forgets what was written behind `mark`: a message that turned out not to be encodable. */
  rewind(mark: number): void {
    this.#end = this.#start + mark;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#end = this.#bytes.writeUInt16BE(value, this.#end);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeUInt32BE(value, this.#end);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeBigInt64BE(value, this.#end);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeDoubleBE(value, this.#end);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  patchUint16(mark: number, value: number): void {
    this.#bytes.writeUInt16BE(value, this.#start + mark);
  }

  patchUint32(mark: number, value: number): void {
    this.#bytes.writeUInt32BE(value, this.#start + mark);
  }

  /** AMQP's short string: UTF-8 with its length in one byte. @throws EncodeError when it is longer than 255 bytes. */
  shortText(text: string, what: string): void {
    const mark = this.length;
    this.uint8(0);
    const size = this.#text(text);
    if (size > 255) throw new EncodeError(`${what} has ${size} bytes; AMQP allows 255: '${text.slice(0, 40)}…'.`);
    this.#bytes[this.#start + mark] = size;
  }

  /** AMQP's long string: UTF-8 with its length in four bytes. */
  longText(text: string): void {
    const mark = this.length;
    this.uint32(0);
    this.patchUint32(mark, this.#text(text));
  }

  #text(text: string): number {
    this.#reserve(text.length * 3);
    if (text.length <= SHORT_TEXT && this.#ascii(text)) return text.length;
    const size = this.#bytes.write(text, this.#end, 'utf8');
    this.#end += size;
    return size;
  }

  #ascii(text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return false;
      this.#bytes[this.#end + i] = unit;
    }
    this.#end += text.length;
    return true;
  }

  #reserve(count: number): void {
    if (this.#end + count > this.#bytes.length) this.#grow(count);
  }

  #grow(count: number): void {
    const { length } = this;
    const grown = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (length + count) * 2));
    this.#bytes.copy(grown, 0, this.#start, this.#end);
    this.#bytes = grown;
    this.#start = 0;
    this.#end = length;
  }
}
