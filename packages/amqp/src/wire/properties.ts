import type { Headers, MessageProperties } from '@nestjs-celery/core';
import { EncodeError } from '@nestjs-celery/core';
import type { ByteWriter } from './byte-writer.js';
import { emptyTable, readTable } from './field-table-reader.js';
import { writeTable } from './field-table-writer.js';

/** Which properties follow, and in which order: the flags of a content header. */
const Flag = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
  more: 0x0001,
} as const;

type TextProperty = {
  [K in keyof MessageProperties]-?: NonNullable<MessageProperties[K]> extends string ? K : never;
}[keyof MessageProperties];

const BEFORE_HEADERS: readonly TextProperty[] = ['contentType', 'contentEncoding'];
const BEFORE_TIMESTAMP: readonly TextProperty[] = ['correlationId', 'replyTo', 'expiration', 'messageId'];
const LAST: readonly TextProperty[] = ['type', 'userId', 'appId'];

/** Writes flags and properties. @throws EncodeError for a value that AMQP cannot carry. */
export function writeProperties(to: ByteWriter, properties: MessageProperties, headers: Headers): void {
  const mark = to.length;
  to.uint16(0);
  let flags = writeTexts(to, properties, BEFORE_HEADERS) | Flag.headers;
  writeTable(to, headers);
  flags |= writeOctets(to, properties);
  flags |= writeTexts(to, properties, BEFORE_TIMESTAMP);
  if (properties.timestamp !== undefined) {
    flags |= Flag.timestamp;
    to.int64(seconds(properties.timestamp));
  }
  flags |= writeTexts(to, properties, LAST);
  to.patchUint16(mark, flags);
}

function writeTexts(to: ByteWriter, properties: MessageProperties, names: readonly TextProperty[]): number {
  let flags = 0;
  for (const name of names) {
    const value = properties[name];
    if (value === undefined) continue;
    flags |= Flag[name];
    to.shortText(value, `The message property ${name}`);
  }
  return flags;
}

function writeOctets(to: ByteWriter, { deliveryMode, priority }: MessageProperties): number {
  let flags = 0;
  if (deliveryMode !== undefined) {
    flags |= Flag.deliveryMode;
    to.uint8(deliveryMode);
  }
  if (priority !== undefined) {
    if (!(priority >= 0 && priority <= 255)) throw new EncodeError(`A priority is 0 to 255, not ${priority}.`);
    flags |= Flag.priority;
    to.uint8(priority);
  }
  return flags;
}

function seconds(time: Date): bigint {
  const value = Math.floor(time.getTime() / 1000);
  if (!(value >= 0))
    throw new EncodeError(`The message property timestamp is no time that AMQP can carry: ${String(time)}.`);
  return BigInt(value);
}

export interface ContentHeader {
  properties: MessageProperties;
  headers: Headers;
  /** Why the headers are empty: their table could not be read. */
  problem?: string;
}

/** Reads what `writeProperties` writes, from a frame's payload that ends at `end`. */
export function readProperties(bytes: Buffer, start: number, end: number): ContentHeader {
  let at = start;
  const flags = bytes.readUInt16BE(at);
  do at += 2;
  while ((bytes.readUInt16BE(at - 2) & Flag.more) !== 0);
  const properties: MessageProperties = {};
  at = readTexts(bytes, at, flags, properties, BEFORE_HEADERS);
  const table = flags & Flag.headers ? at + 4 : undefined;
  if (table !== undefined) at = table + bytes.readUInt32BE(at);
  const tableEnd = at;
  if (tableEnd > end) return { properties, ...unreadable('the table is longer than its frame') };
  if (flags & Flag.deliveryMode) properties.deliveryMode = bytes.readUInt8(at++) === 2 ? 2 : 1;
  if (flags & Flag.priority) properties.priority = bytes.readUInt8(at++);
  at = readTexts(bytes, at, flags, properties, BEFORE_TIMESTAMP);
  if (flags & Flag.timestamp) {
    properties.timestamp = new Date(Number(bytes.readBigUInt64BE(at)) * 1000);
    at += 8;
  }
  readTexts(bytes, at, flags, properties, LAST);
  return { properties, ...readHeaders(bytes, table, tableEnd) };
}

function readHeaders(bytes: Buffer, start: number | undefined, end: number): Omit<ContentHeader, 'properties'> {
  if (start === undefined) return { headers: emptyTable() };
  try {
    return { headers: readTable(bytes, start, end) };
  } catch (error) {
    return unreadable((error as Error).message);
  }
}

const unreadable = (problem: string) => ({ headers: emptyTable(), problem });

function readTexts(
  bytes: Buffer,
  start: number,
  flags: number,
  properties: MessageProperties,
  names: readonly TextProperty[],
): number {
  let at = start;
  for (const name of names) {
    if ((flags & Flag[name]) === 0) continue;
    const end = at + 1 + bytes.readUInt8(at);
    properties[name] = bytes.toString('utf8', at + 1, end);
    at = end;
  }
  return at;
}
