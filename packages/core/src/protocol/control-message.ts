import type { OutgoingMessage, ReceivedMessage, Route } from '../contracts/broker.js';
import { DecodeError } from '../errors/protocol-errors.js';
import { isRecord } from './class-tag.js';
import type { ContentRegistry, DecodeOptions } from './content.js';
import { globToRegExp } from './glob.js';

/** A command to workers. kombu's pidbox message. */
export interface ControlRequest {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Node names; null: whoever fits the pattern, or everybody. */
  readonly destination: readonly string[] | null;
  readonly pattern: string | null;
  /** How to read the pattern: `glob` or `pcre`. */
  readonly matcher: string | null;
  /** Where answers go; null: nobody waits for any. */
  readonly reply: ReplyTo | null;
  /** The sender's logical clock. */
  readonly clock: number;
  /** Unix time in seconds until which the sender waits; 0 = not told. Workers obey later, too, as Celery's do: clocks differ. */
  readonly expires: number;
}

export interface ReplyTo extends Route {
  /** Names the question in its answers. */
  readonly ticket: string;
}

/** What one node answers. */
export interface ControlAnswer {
  /** `{ [node name]: what the command returned }`. */
  readonly reply: ControlReply;
  readonly ticket: string;
  readonly clock: number;
  /** Unix time in seconds after which the answer is worth nothing; 0 = never. */
  readonly expires: number;
}

/** One key, the node's name: `{ 'celery@host': { ok: 'pong' } }`, or `{ error: … }` where the command failed. */
export type ControlReply = Readonly<Record<string, unknown>>;

export interface EncodeControlOptions {
  readonly registry: ContentRegistry;
  readonly serializer: string;
}

export type DecodeControlOptions = DecodeOptions & Pick<EncodeControlOptions, 'registry'>;

/** @throws EncodeError for arguments that cannot be written */
export function encodeControlRequest(request: ControlRequest, options: EncodeControlOptions): OutgoingMessage {
  const { method, arguments: args, destination, pattern, matcher, reply, clock, expires } = request;
  const body = { method, arguments: args, destination, pattern, matcher, ...(reply && replyPart(reply)) };
  return encode(body, { clock, expires }, 2, options);
}

/** @throws DecodeError for what is no command, ContentDisallowed */
export function decodeControlRequest(message: ReceivedMessage, options: DecodeControlOptions): ControlRequest {
  const body = decode(message, options);
  if (!isRecord(body) || typeof body.method !== 'string') {
    throw new DecodeError(
      `A message to '${message.exchange}' is no command: it must be an object with the key 'method'.`,
    );
  }
  return {
    method: body.method,
    arguments: isRecord(body.arguments) ? body.arguments : {},
    destination: namesOf(body.destination),
    pattern: textOf(body.pattern),
    matcher: textOf(body.matcher),
    reply: replyOf(body),
    clock: numberOf(message.headers.clock),
    expires: numberOf(message.headers.expires),
  };
}

/** @throws EncodeError for a value that cannot be written */
export function encodeControlAnswer(answer: ControlAnswer, options: EncodeControlOptions): OutgoingMessage {
  const { reply, ticket, clock } = answer;
  return encode(reply, { ticket, clock }, 1, options);
}

/** @throws DecodeError for what is no answer, ContentDisallowed */
export function decodeControlAnswer(message: ReceivedMessage, options: DecodeControlOptions): ControlAnswer {
  const reply = decode(message, options);
  if (!isRecord(reply)) throw new DecodeError('An answer to a command is no object by node name.');
  const { ticket, clock, expires } = message.headers;
  return { reply, ticket: textOf(ticket) ?? '', clock: numberOf(clock), expires: numberOf(expires) };
}

/** Whether a command is meant for the node. @throws DecodeError for a pattern that cannot be read */
export function concernsNode({ destination, pattern, matcher }: ControlRequest, hostname: string): boolean {
  if (destination !== null && destination.length > 0) return destination.includes(hostname);
  if (!pattern || !matcher) return true;
  if (matcher === 'glob') return globToRegExp(pattern).test(hostname);
  if (matcher === 'pcre') return startingWith(pattern).test(hostname);
  throw new DecodeError(`A command names its nodes by '${matcher}', which is not known: use glob or pcre.`);
}

/** Python's `match`: from the beginning, and no further than it has to. */
function startingWith(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})`, 's');
  } catch (cause) {
    throw new DecodeError(`A command names its nodes by '${pattern}', which is no regular expression.`, { cause });
  }
}

function replyPart({ ticket, exchange, routingKey }: ReplyTo) {
  return { ticket, reply_to: { exchange, routing_key: routingKey } };
}

function replyOf({ ticket, reply_to: to }: Record<string, unknown>): ReplyTo | null {
  if (!isRecord(to)) return null;
  const exchange = textOf(to.exchange);
  const routingKey = textOf(to.routing_key);
  return exchange === null || routingKey === null ? null : { exchange, routingKey, ticket: textOf(ticket) ?? '' };
}

function encode(
  body: unknown,
  headers: OutgoingMessage['headers'],
  deliveryMode: 1 | 2,
  { registry, serializer }: EncodeControlOptions,
): OutgoingMessage {
  const { contentType, contentEncoding, data } = registry.encode(body, serializer);
  return { body: Buffer.from(data), headers, properties: { contentType, contentEncoding, deliveryMode, priority: 0 } };
}

function decode({ body, properties }: ReceivedMessage, options: DecodeControlOptions): unknown {
  const { contentType, contentEncoding } = properties;
  return options.registry.decode({ contentType, contentEncoding, data: body }, options);
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function namesOf(value: unknown): string[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : null;
}
