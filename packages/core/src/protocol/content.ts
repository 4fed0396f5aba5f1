import { CeleryError } from '../errors/celery-error.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { ContentDisallowed, DecodeError, EncodeError } from '../errors/protocol-errors.js';
import { jsonSerializer } from './serializer.js';
import type { DecodeLimits, Serializer } from './serializer.js';
import { decodeText, decodeUtf8 } from './text-encoding.js';

/** A value that went through a serializer: text for utf-8 content, bytes for binary. */
export interface EncodedContent {
  contentType: string;
  contentEncoding: string;
  data: string | Buffer;
}

/** Content as it came in: a missing type counts as `application/data`, a missing encoding as utf-8, as in kombu. */
export interface ReceivedContent {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly data: string | Buffer;
}

export interface DecodeOptions extends DecodeLimits {
  /** MIME types that may be decoded (`acceptSet`). */
  readonly accept: ReadonlySet<string>;
}

const RAW = 'application/data';

/** Never decoded into anything but text or bytes, so that nothing has to allow them. */
const TRUSTED: ReadonlySet<string> = new Set([RAW, 'application/text']);

const REFUSED: ReadonlyMap<string, string> = new Map(
  ['pickle', 'application/x-python-serialize'].map((name) => [
    name,
    `'${name}' is refused: to read a pickle is to run the code in it. Let the sender use task_serializer = 'json'.`,
  ]),
);

/** The serializers of one app, by name and by MIME type. `json` and `raw` are built in. */
export class ContentRegistry {
  readonly #byName = new Map<string, Serializer>();
  readonly #byType = new Map<string, Serializer>();

  constructor() {
    this.register(jsonSerializer);
  }

  /** Adds a serializer; a name that is taken gets the new one. @throws ImproperlyConfigured for pickle. */
  register(serializer: Serializer): void {
    const refused = REFUSED.get(serializer.name) ?? REFUSED.get(serializer.contentType);
    if (refused) throw new ImproperlyConfigured(refused);
    this.#byName.set(serializer.name, serializer);
    this.#byType.set(serializer.contentType, serializer);
  }

  /**
   * Writes a value. `raw` takes text and bytes as they are.
   * @throws ImproperlyConfigured for an unknown serializer, EncodeError for a value that it cannot write.
   */
  encode(value: unknown, serializerName: string): EncodedContent {
    if (serializerName === 'raw') return encodeRaw(value);
    const serializer = this.#byName.get(serializerName);
    if (!serializer) throw this.#unknown(serializerName);
    const { contentType, contentEncoding } = serializer;
    try {
      return { contentType, contentEncoding, data: serializer.encode(value) };
    } catch (cause) {
      if (cause instanceof CeleryError) throw cause;
      throw new EncodeError(`The serializer '${serializerName}' cannot write the value: ${String(cause)}`, { cause });
    }
  }

  /**
   * Reads content whose type is accepted; type and size are checked before anything is decoded.
   * A type without a serializer (`text/plain`, `application/data`) gives text, or bytes where the encoding is `binary`.
   * @throws ContentDisallowed, DecodeError
   */
  decode(content: ReceivedContent, { accept, ...limits }: DecodeOptions): unknown {
    const { contentType = RAW, contentEncoding = 'utf-8', data } = content;
    if (!TRUSTED.has(contentType) && !accept.has(contentType)) throw disallowed(contentType, accept);
    if (REFUSED.has(contentType)) throw new ContentDisallowed(REFUSED.get(contentType) as string);
    if (isLarger(data, limits.maxBytes)) {
      const size = Buffer.byteLength(data);
      throw new DecodeError(
        `The ${contentType} content has ${size} bytes, more than messageMaxBytes (${limits.maxBytes}).`,
      );
    }
    const serializer = this.#byType.get(contentType);
    return serializer ? decodeWith(serializer, data, limits) : decodeText(data, contentEncoding.toLowerCase());
  }

  /** MIME types of serializer names and MIME types. @throws ImproperlyConfigured for one that is unknown or refused. */
  acceptSet(names: Iterable<string>): ReadonlySet<string> {
    return new Set(Array.from(names, (name) => this.#typeOf(name)));
  }

  #typeOf(name: string): string {
    const refused = REFUSED.get(name);
    if (refused) throw new ImproperlyConfigured(refused);
    if (name === 'raw') return RAW;
    if (this.#byType.has(name) || TRUSTED.has(name) || name === 'text/plain') return name;
    const serializer = this.#byName.get(name);
    if (!serializer) throw this.#unknown(name);
    return serializer.contentType;
  }

  #unknown(name: string): ImproperlyConfigured {
    const refused = REFUSED.get(name);
    if (refused) return new ImproperlyConfigured(refused);
    const known = [...this.#byName.keys(), 'raw'].join(', ');
    return new ImproperlyConfigured(
      `There is no serializer '${name}': use one of ${known}, or register it (ContentRegistry.register).`,
    );
  }
}

/** The same with the built-in serializers, unless a registry that knows more is given. @throws ImproperlyConfigured */
export function acceptSet(names: Iterable<string>, registry = new ContentRegistry()): ReadonlySet<string> {
  return registry.acceptSet(names);
}

function encodeRaw(value: unknown): EncodedContent {
  if (typeof value === 'string') return { contentType: RAW, contentEncoding: 'utf-8', data: value };
  if (!(value instanceof Uint8Array))
    throw new EncodeError("The serializer 'raw' takes a string or bytes only: use 'json'.");
  const data = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { contentType: RAW, contentEncoding: 'binary', data };
}

/** The encoding that counts is the serializer's own, as in kombu: JSON is UTF-8 whatever the header says. */
function decodeWith(serializer: Serializer, data: string | Buffer, limits: DecodeLimits): unknown {
  const input = serializer.contentEncoding === 'utf-8' ? decodeUtf8(data) : data;
  try {
    return serializer.decode(input, limits);
  } catch (cause) {
    if (cause instanceof CeleryError) throw cause;
    throw new DecodeError(`The ${serializer.contentType} content cannot be read: ${String(cause)}`, { cause });
  }
}

/** A character is never more than three bytes: most texts need no count. */
function isLarger(data: string | Buffer, maxBytes: number): boolean {
  if (typeof data !== 'string') return data.length > maxBytes;
  return data.length * 3 > maxBytes && Buffer.byteLength(data) > maxBytes;
}

function disallowed(contentType: string, accept: ReadonlySet<string>): ContentDisallowed {
  const refused = REFUSED.get(contentType);
  if (refused) return new ContentDisallowed(`Content of type ${refused}`);
  const accepted = [...accept].join(', ') || 'nothing';
  return new ContentDisallowed(
    `Content of type '${contentType.slice(0, 64)}' is refused: acceptContent allows ${accepted}. ` +
      `Let the sender use one of these, or add the type to acceptContent and register its serializer.`,
  );
}
