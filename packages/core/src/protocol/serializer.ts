import { decodeJson, encodeJson } from './json.js';

/** Bounds on what is decoded: a message is checked against them before it is believed. */
export interface DecodeLimits {
  /** Largest content in bytes. */
  readonly maxBytes: number;
  /** Deepest nesting. */
  readonly maxDepth: number;
}

/** A way to write values as bytes or text, known by its name (`taskSerializer`) and its MIME type (on the wire). */
export interface Serializer {
  readonly name: string;
  readonly contentType: string;
  /** `utf-8` for text, `binary` for bytes. */
  readonly contentEncoding: string;
  encode(value: unknown): string | Buffer;
  /** Gets text where `contentEncoding` is `utf-8`, else the bytes. The size is checked already, the depth is the serializer's to check. */
  decode(data: string | Buffer, limits: DecodeLimits): unknown;
}

/** kombu's JSON, the default serializer of Celery. */
export const jsonSerializer: Serializer = {
  name: 'json',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  encode: (value) => encodeJson(value),
  decode: (data, { maxDepth }) => decodeJson(data.toString(), { maxDepth }),
};
