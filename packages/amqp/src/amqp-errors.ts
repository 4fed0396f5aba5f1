import {
  AccessRefused,
  BrokerUnavailable,
  CeleryError,
  isCeleryError,
  NotFound,
  PreconditionFailed,
} from '@nestjs-celery/core';
import type { AmqpServer } from './amqp-server.js';
import { safeUrl } from './safe-url.js';

/** amqplib's error for an answer of the broker carries AMQP's reply code; one of the socket carries Node's code. */
interface AmqplibError extends Error {
  code?: number | string;
}

/** The sentence of the broker within amqplib's message. */
const BROKER_TEXT = /with message "(.*)"$/s;

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['inequivalent arg', 'It exists with other settings: declare it alike everywhere, or delete it on the broker.'],
  [
    'delivery acknowledgement',
    "A message was held longer than the broker's consumer_timeout: raise it there, or acknowledge earlier.",
  ],
  ['message size', "The message is larger than the broker's max_message_size: send a reference instead."],
  ['no exchange', 'Declare the exchange, or correct the route.'],
  ['no queue', 'Declare the queue first, or correct its name.'],
  ['exclusive', 'Another connection has it for itself.'],
]);

/** What the broker said about a request, as our error; `doing` is what we were about, such as `declare queue 'x'`. */
export function requestError(error: unknown, doing: string): CeleryError {
  if (isCeleryError(error)) return error;
  const { code } = error as AmqplibError;
  const text = brokerText(error);
  const message = `The broker refused to ${doing}: ${text}.${advice(text)}`;
  const options = { cause: error };
  switch (code) {
    case 403:
    case 530:
      return new AccessRefused(message, options);
    case 404:
      return new NotFound(message, options);
    case 405:
    case 406:
      return new PreconditionFailed(message, options);
    default:
      return new BrokerUnavailable(`Could not ${doing}: ${text}.`, options);
  }
}

/** Why no connection could be opened. Never names the password. */
export function connectError(error: unknown, server: AmqpServer): CeleryError {
  if (isCeleryError(error)) return error;
  const text = brokerText(error);
  const options = { cause: error };
  const who = `${server.username}@${server.host}:${server.port}, vhost '${server.vhost}'`;
  if (/ACCESS.REFUSED|NOT.ALLOWED/.test(text)) {
    return new AccessRefused(`The broker refused the login ${who}: ${text}. Correct user, password or vhost.`, options);
  }
  if (text.includes('<ConnectionClose')) {
    // amqplib does not tell what the broker says to a vhost.
    const why = 'no such vhost, no permission for it, or too many connections to it';
    return new AccessRefused(`The broker let ${server.username} in but refused the vhost: ${who}: ${why}.`, options);
  }
  return new BrokerUnavailable(`Cannot connect to ${safeUrl(server)}: ${text}.`, options);
}

/** Why an open connection is gone. */
export function lostError(error: unknown, server: AmqpServer): BrokerUnavailable {
  const text = error === undefined ? 'it was closed' : brokerText(error);
  return new BrokerUnavailable(`The connection to ${safeUrl(server)} was lost: ${text}.`, { cause: error });
}

/** Not by `instanceof`: an error of Node's own may come from another realm. */
function brokerText(error: unknown): string {
  const { message, code, errors } = error as Partial<AmqplibError & AggregateError>;
  if (typeof message !== 'string') return String(error);
  if (message === '' && Array.isArray(errors)) return brokerText(errors[0]);
  const text = BROKER_TEXT.exec(message)?.[1] ?? message;
  return (text || String(code)).replace(/\.$/, '');
}

function advice(text: string): string {
  for (const [part, sentence] of ADVICE) if (text.includes(part)) return ` ${sentence}`;
  return '';
}
