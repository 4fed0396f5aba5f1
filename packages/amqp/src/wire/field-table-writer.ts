import { EncodeError } from '@nestjs-celery/core';
import type { Headers, HeaderValue } from '@nestjs-celery/core';
import type { ByteWriter } from './byte-writer.js';
import { Tag } from './field-tags.js';

const MAX_DEPTH = 64;
const INT32 = 2 ** 31;
const INT64 = 2n ** 63n;

/**
 * Writes an AMQP field table with the tags that Celery's peers read alike: integers are `I` (32 bits) or `l` (64 bits),
 * never the one- and two-byte tags, which older py-amqp takes for a text or for unsigned. Undefined entries are left out.
 * @throws EncodeError for a value that AMQP does not know, naming where it stands.
 */
export function writeTable(to: ByteWriter, table: Headers, path = 'headers', depth = 0): void {
  if (depth > MAX_DEPTH) throw new EncodeError(`The ${path} are nested deeper than ${MAX_DEPTH} levels.`);
  const mark = to.length;
  to.uint32(0);
  for (const name of Object.keys(table)) {
    const value = table[name];
    if (value === undefined) continue;
    to.shortText(name, 'The name of a header');
    writeValue(to, value, path, name, depth);
  }
  to.patchUint32(mark, to.length - mark - 4);
}

function writeValue(to: ByteWriter, value: HeaderValue, path: string, name: string | number, depth: number): void {
  switch (typeof value) {
    case 'string':
      to.uint8(Tag.longText);
      return to.longText(value);
    case 'number':
      return writeNumber(to, value);
    case 'boolean':
      to.uint8(Tag.boolean);
      return to.uint8(value ? 1 : 0);
    case 'bigint':
      return writeBigInt(to, value, path, name);
    case 'object':
      return writeObject(to, value, path, name, depth);
    default:
      throw new EncodeError(`${path}['${name}'] is a ${typeof value}: AMQP has no such type.`);
  }
}

/** Integers beyond 64 bits and fractions are doubles, as they are in JavaScript. */
function writeNumber(to: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value >= -INT32 && value < INT32) {
    to.uint8(Tag.int32);
    to.int32(value);
  } else if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
    to.uint8(Tag.int64);
    to.int64(BigInt(value));
  } else {
    to.uint8(Tag.double);
    to.double(value);
  }
}

function writeBigInt(to: ByteWriter, value: bigint, path: string, name: string | number): void {
  if (value >= -INT32 && value < INT32) return writeNumber(to, Number(value));
  if (value < -INT64 || value >= INT64) {
    throw new EncodeError(`${path}['${name}'] does not fit in 64 bits: ${value}. Send it as text.`);
  }
  to.uint8(Tag.int64);
  to.int64(value);
}

function writeObject(
  to: ByteWriter,
  value: HeaderValue & (object | null),
  path: string,
  name: string | number,
  depth: number,
): void {
  if (value === null) return to.uint8(Tag.none);
  if (Array.isArray(value)) return writeArray(to, value, `${path}['${name}']`, depth + 1);
  if (value instanceof Date) return writeTimestamp(to, value, path, name);
  if (value instanceof Uint8Array) {
    to.uint8(Tag.bytes);
    to.uint32(value.length);
    return to.raw(value);
  }
  to.uint8(Tag.table);
  writeTable(to, value, `${path}['${name}']`, depth + 1);
}

function writeArray(to: ByteWriter, values: readonly HeaderValue[], path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new EncodeError(`The headers are nested deeper than ${MAX_DEPTH} levels.`);
  to.uint8(Tag.array);
  const mark = to.length;
  to.uint32(0);
  values.forEach((value, index) => writeValue(to, value ?? null, path, index, depth));
  to.patchUint32(mark, to.length - mark - 4);
}

function writeTimestamp(to: ByteWriter, value: Date, path: string, name: string | number): void {
  const seconds = Math.floor(value.getTime() / 1000);
  if (!(seconds >= 0)) throw new EncodeError(`${path}['${name}'] is no time that AMQP can carry: ${String(value)}.`);
  to.uint8(Tag.timestamp);
  to.int64(BigInt(seconds));
}
