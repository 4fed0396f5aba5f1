import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../errors/protocol-errors.js';
import { isoParts } from './iso-grammar.js';
import { dateTimeOf, Decimal, PlainDate, PlainTime, pythonDateTime, Uuid } from './python-values.js';
import type { PythonKind } from './python-values.js';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

type Decode = (value: unknown) => unknown;

/** kombu's `__type__` names and what they become. */
const DECODERS: ReadonlyMap<unknown, Decode> = new Map<unknown, Decode>([
  ['datetime', (value) => dateTimeOf(text(value))],
  // kombu reads a date out of a whole datetime too
  ['date', (value) => new PlainDate(dayOf(text(value)))],
  ['time', (value) => new PlainTime(text(value))],
  ['decimal', (value) => new Decimal(text(value))],
  ['uuid', (value) => new Uuid(text((value as { hex?: unknown } | null)?.hex))],
  ['bytes', (value) => Buffer.from(text(value), 'utf8')],
  ['base64', (value) => decodeBase64(text(value))],
]);

/** True for an object of exactly the two keys of kombu's typed values. */
export function isEnvelope(value: object): value is { __type__: unknown; __value__: unknown } {
  return Object.hasOwn(value, '__type__') && Object.hasOwn(value, '__value__') && Object.keys(value).length === 2;
}

/** @throws DecodeError for a type that we do not know, and a value that is none of its type. */
export function openEnvelope({ __type__: type, __value__: value }: { __type__: unknown; __value__: unknown }): unknown {
  const decode = DECODERS.get(type);
  const shown = typeof type === 'string' ? `'${type.slice(0, 64)}'` : typeof type;
  if (!decode) {
    const known = [...DECODERS.keys()].join(', ');
    throw new DecodeError(`JSON holds a value of the unknown __type__ ${shown}: only ${known} can be read.`);
  }
  try {
    return decode(value);
  } catch (cause) {
    throw new DecodeError(`JSON holds a value of __type__ ${shown} that is none: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The JSON of a value of Python. @throws EncodeError for an invalid date. */
export function pythonEnvelope(kind: PythonKind, value: object): string {
  const content = kind === 'datetime' ? pythonDateTime(value as Date) : String(value);
  return envelope(kind, kind === 'uuid' ? { hex: content.replaceAll('-', '') } : content);
}

export function dateEnvelope(date: Date): string {
  return envelope('datetime', pythonDateTime(date));
}

/** kombu writes bytes as text where they are UTF-8. */
export function bytesEnvelope(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? envelope('bytes', buffer.toString('utf8')) : envelope('base64', buffer.toString('base64'));
}

function envelope(type: string, value: unknown): string {
  return `{"__type__":"${type}","__value__":${JSON.stringify(value)}}`;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new DecodeError('Its __value__ is not text.');
  return value;
}

function dayOf(value: string): string {
  return isoParts(value) ? value.slice(0, 10) : value;
}

function decodeBase64(value: string): Buffer {
  if (value.length % 4 !== 0 || !BASE64.test(value)) throw new DecodeError('Its __value__ is not base64.');
  return Buffer.from(value, 'base64');
}
