import type { HeaderValue, MessageProperties, OutgoingMessage, ReceivedMessage } from '../contracts/broker.js';
import { ContentDisallowed, UnencodableValue } from '../errors/protocol-errors.js';
import type { ContentRegistry, DecodeOptions, EncodedContent } from './content.js';
import { taskLabel } from './header-reader.js';
import { isHybrid, upgradeHybrid, upgradeProtocol1 } from './legacy-message.js';
import type { UpgradedMessage } from './legacy-message.js';
import { readTaskBody } from './task-body.js';
import type { Embed, TaskBody } from './task-body.js';
import { customHeadersOf, headerTable, readTaskHeaders } from './task-headers.js';
import type { TaskHeaders } from './task-headers.js';

export type { Embed } from './task-body.js';

/** A task on its way, of whichever protocol version, in one form. Plain data. */
export interface TaskMessage {
  headers: TaskHeaders;
  /** The sender's own headers (Celery's `request.headers`), null when there are none. */
  customHeaders: Record<string, HeaderValue> | null;
  args: unknown[];
  kwargs: Record<string, unknown>;
  embed: Embed;
  properties: MessageProperties;
}

export interface EncodeMessageOptions {
  readonly registry: ContentRegistry;
  /** `json`, or the name of another registered serializer. */
  readonly serializer: string;
}

export interface DecodeMessageOptions extends DecodeOptions {
  readonly registry: ContentRegistry;
  /** Zone of dates without an offset in messages of protocol 1 that say `utc: false`. */
  readonly timezone: string;
}

/**
 * A task as a message of protocol 2. Headers that RabbitMQ added on the way here are not sent on.
 * @throws EncodeError for an argument that cannot be written (naming it) and for a custom header with a name of the protocol's.
 */
export function encodeTaskMessage(message: TaskMessage, options: EncodeMessageOptions): OutgoingMessage {
  const headers = headerTable(message.headers, message.customHeaders);
  const { contentType, contentEncoding, data } = encodeBody(message, options);
  return {
    body: typeof data === 'string' ? Buffer.from(data, 'utf8') : data,
    headers,
    properties: { ...message.properties, contentType, contentEncoding },
  };
}

/**
 * Reads a task out of a message of protocol 2, 1 or between. Content type, size and depth are checked before it is decoded.
 * @throws ContentDisallowed for a content type that is not accepted, or compressed content.
 * @throws DecodeError for content that is not what its type says.
 * @throws InvalidTaskError for a task that cannot be run as it stands.
 * @throws UnknownMessage for what is no task at all.
 */
export function decodeTaskMessage(received: ReceivedMessage, options: DecodeMessageOptions): TaskMessage {
  const { headers, properties } = received;
  refuseCompression(headers.compression);
  const content = decodeContent(received, options);
  const isProtocol2 = headers.task !== undefined && headers.task !== null;
  const message = isProtocol2 ? readProtocol2(content, headers) : upgradeProtocol1(content);
  const naive = message.utc ? 'UTC' : options.timezone;
  return {
    headers: readTaskHeaders(message.headers, { ...message.body, naive }),
    customHeaders: customHeadersOf(headers),
    ...message.body,
    properties,
  };
}

/** Name and id of a message that cannot be decoded, for logs; undefined when its headers do not say. Never throws. */
export function peekTask({ headers }: ReceivedMessage): { name: string; id: string } | undefined {
  const { task, id } = headers;
  return typeof task === 'string' && typeof id === 'string' ? { name: task, id } : undefined;
}

function decodeContent({ body, properties }: ReceivedMessage, options: DecodeMessageOptions): unknown {
  const { contentType, contentEncoding } = properties;
  return options.registry.decode({ contentType, contentEncoding, data: body }, options);
}

function readProtocol2(content: unknown, headers: Record<string, unknown>): UpgradedMessage {
  if (isHybrid(content)) return upgradeHybrid(content, headers);
  return { body: readTaskBody(content, taskLabel(headers.task)), headers, utc: true };
}

function refuseCompression(compression: unknown): void {
  if (compression === undefined || compression === null || compression === '') return;
  const shown = typeof compression === 'string' ? compression.slice(0, 64) : typeof compression;
  throw new ContentDisallowed(
    `Content compressed with '${shown}' is refused: let the sender use no compression (task_compression = None).`,
  );
}

const PARTS = ['args', 'kwargs', 'embed'];

function encodeBody({ headers, args, kwargs, embed }: TaskMessage, options: EncodeMessageOptions): EncodedContent {
  const body: [TaskBody['args'], TaskBody['kwargs'], Embed] = [args, kwargs, embed];
  try {
    return options.registry.encode(body, options.serializer);
  } catch (cause) {
    if (!(cause instanceof UnencodableValue)) throw cause;
    const [part, ...path] = cause.path;
    const root = `Task '${headers.task}': ${PARTS[Number(part)] ?? 'the body'}`;
    throw new UnencodableValue(root, path, cause.problem);
  }
}
