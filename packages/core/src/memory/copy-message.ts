import type { Headers, HeaderValue, OutgoingMessage, ReceivedMessage, Route } from '../contracts/broker.js';

/**
 * A message as it comes out of a broker: nothing of it is shared with the sender, undefined headers are gone, times are
 * whole seconds, and tables have no prototype.
 */
export function copyMessage(
  { body, headers, properties }: OutgoingMessage,
  { exchange, routingKey }: Route,
): ReceivedMessage {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return {
    body: Buffer.from(body),
    headers: copyTable(headers),
    properties: Object.fromEntries(
      given.map(([name, value]) => [name, value instanceof Date ? inSeconds(value) : value]),
    ),
    exchange,
    routingKey,
  };
}

function copyTable(table: Headers): Record<string, HeaderValue> {
  const copy: Record<string, HeaderValue> = Object.create(null) as Record<string, HeaderValue>;
  for (const [name, value] of Object.entries(table)) if (value !== undefined) copy[name] = copyValue(value);
  return copy;
}

function copyValue(value: HeaderValue): HeaderValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => copyValue(element ?? null));
  if (value instanceof Date) return inSeconds(value);
  return value instanceof Uint8Array ? Buffer.from(value) : copyTable(value);
}

const inSeconds = (time: Date) => new Date(Math.floor(time.getTime() / 1000) * 1000);
