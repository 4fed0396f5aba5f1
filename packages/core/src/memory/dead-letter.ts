import type {
  Headers,
  HeaderValue,
  OutgoingMessage,
  QueueDeclaration,
  ReceivedMessage,
  Route,
} from '../contracts/broker.js';

/** Why a message left its queue without being consumed. */
export type DeathReason = 'expired' | 'rejected';

/** Where the dead messages of a queue go; undefined: nowhere. */
export function deadLetterRoute({ arguments: args = {} }: QueueDeclaration, { routingKey }: Route): Route | undefined {
  const exchange = args['x-dead-letter-exchange'];
  if (exchange === undefined) return undefined;
  return { exchange: String(exchange), routingKey: String(args['x-dead-letter-routing-key'] ?? routingKey) };
}

/** The message as RabbitMQ sends it on: it does not expire again, and says in `x-death` where it has been. */
export function deadLetter(message: ReceivedMessage, queue: string, reason: DeathReason, now: number): OutgoingMessage {
  const { expiration, ...properties } = message.properties;
  const { exchange, routingKey } = message;
  const death: Record<string, HeaderValue> = {
    count: 1,
    reason,
    queue,
    exchange,
    'routing-keys': [routingKey],
    time: new Date(now),
    ...(expiration === undefined ? {} : { 'original-expiration': expiration }),
  };
  return { body: message.body, headers: withDeath(message.headers, death), properties };
}

function withDeath(headers: Headers, death: Record<string, HeaderValue>): Headers {
  const known = headers['x-death'];
  const earlier = Array.isArray(known) ? known : [];
  const first = {
    'x-first-death-exchange': death.exchange,
    'x-first-death-queue': death.queue,
    'x-first-death-reason': death.reason,
  };
  return { ...(earlier.length === 0 ? first : {}), ...headers, 'x-death': [death, ...earlier] };
}
