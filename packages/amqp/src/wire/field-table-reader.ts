import { DecodeError } from '@nestjs-celery/core';
import type { Headers, HeaderValue } from '@nestjs-celery/core';
import { Tag } from './field-tags.js';

const MAX_DEPTH = 64;
const LATEST_DATE = 8_640_000_000_000;

/** An object without prototype, as `Object.create(null)` makes it, but one that V8 keeps fast: `__proto__` is a plain key in it. */
const NoPrototype = function () {} as unknown as new () => Record<string, HeaderValue>;
NoPrototype.prototype = Object.create(null);

/** A table of nothing. */
export const emptyTable = (): Headers => new NoPrototype();

/**
 * Reads the field table between `start` and `end`. Integers of every size survive: beyond 2^53 they are `bigint`.
 * @throws DecodeError for a tag that nobody writes, or lengths that contradict each other.
 */
export function readTable(bytes: Buffer, start: number, end: number): Headers {
  return new FieldReader(bytes, start).table(end, 0);
}

class FieldReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  table(end: number, depth: number): Record<string, HeaderValue> {
    const table = new NoPrototype();
    while (this.#at < end) {
      const length = this.#bytes[this.#at] ?? 0;
      const from = this.#take(1 + length, end) + 1;
      const name = this.#bytes.toString('utf8', from, from + length);
      table[name] = this.#value(end, depth);
    }
    return table;
  }

  #array(end: number, depth: number): HeaderValue[] {
    const values: HeaderValue[] = [];
    while (this.#at < end) values.push(this.#value(end, depth));
    return values;
  }

  #value(end: number, depth: number): HeaderValue {
    const tag = this.#bytes[this.#take(1, end)];
    switch (tag) {
      case Tag.longText: {
        const [from, to] = this.#block(end);
        return this.#bytes.toString('utf8', from, to);
      }
      case Tag.none:
        return null;
      case Tag.boolean:
        return this.#bytes[this.#take(1, end)] !== 0;
      case Tag.table:
      case Tag.array:
        return this.#nested(tag, end, depth + 1);
      case Tag.bytes: {
        const [from, to] = this.#block(end);
        return this.#bytes.subarray(from, to);
      }
      default:
        return this.#number(tag, end);
    }
  }

  #nested(tag: number, end: number, depth: number): HeaderValue {
    if (depth > MAX_DEPTH) throw new DecodeError(`A header table is nested deeper than ${MAX_DEPTH} levels.`);
    const size = this.#bytes.readUInt32BE(this.#take(4, end));
    const inner = this.#at + size;
    if (inner > end) throw new DecodeError('A value of a header table ends behind the table.');
    return tag === Tag.table ? this.table(inner, depth) : this.#array(inner, depth);
  }

  #number(tag: number | undefined, end: number): HeaderValue {
    const bytes = this.#bytes;
    switch (tag) {
      case Tag.int32:
        return bytes.readInt32BE(this.#take(4, end));
      case Tag.uint32:
        return bytes.readUInt32BE(this.#take(4, end));
      case Tag.int64:
      case Tag.int64Python:
        return this.#int64(end);
      case Tag.double:
        return bytes.readDoubleBE(this.#take(8, end));
      case Tag.float:
        return bytes.readFloatBE(this.#take(4, end));
      case Tag.timestamp:
        return this.#timestamp(end);
      default:
        return this.#rareNumber(tag, end);
    }
  }

  #rareNumber(tag: number | undefined, end: number): HeaderValue {
    const bytes = this.#bytes;
    switch (tag) {
      case Tag.int8:
        return bytes.readInt8(this.#take(1, end));
      case Tag.uint8:
        return bytes.readUInt8(this.#take(1, end));
      case Tag.int16:
      case Tag.int16Python:
        return bytes.readInt16BE(this.#take(2, end));
      case Tag.uint16:
        return bytes.readUInt16BE(this.#take(2, end));
      case Tag.decimal: {
        const at = this.#take(5, end);
        return bytes.readInt32BE(at + 1) / 10 ** bytes.readUInt8(at);
      }
      default:
        throw new DecodeError(`A header table has a value of the unknown type '${printable(tag)}'.`);
    }
  }

  #int64(end: number): number | bigint {
    const at = this.#take(8, end);
    const number = this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
    return Number.isSafeInteger(number) ? number : this.#bytes.readBigInt64BE(at);
  }

  /** Seconds that no `Date` can hold stay a number. */
  #timestamp(end: number): Date | number | bigint {
    const seconds = this.#int64(end);
    return seconds >= 0 && seconds <= LATEST_DATE ? new Date(Number(seconds) * 1000) : seconds;
  }

  #block(end: number): [from: number, to: number] {
    const size = this.#bytes.readUInt32BE(this.#take(4, end));
    const from = this.#take(size, end);
    return [from, from + size];
  }

  /** Where the next `count` bytes begin. */
  #take(count: number, end: number): number {
    const at = this.#at;
    if (at + count > end) throw new DecodeError('A value of a header table ends behind the table.');
    this.#at = at + count;
    return at;
  }
}

function printable(tag: number | undefined): string {
  if (tag === undefined) return 'nothing';
  return tag > 32 && tag < 127 ? String.fromCharCode(tag) : `0x${tag.toString(16)}`;
}
