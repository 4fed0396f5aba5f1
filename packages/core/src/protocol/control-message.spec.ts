import { readFileSync, readdirSync } from 'node:fs';
import type { Headers, ReceivedMessage } from '../contracts/broker.js';
import { ContentRegistry } from './content.js';
import {
  concernsNode,
  decodeControlAnswer,
  decodeControlRequest,
  encodeControlAnswer,
  encodeControlRequest,
} from './control-message.js';
import type { ControlRequest } from './control-message.js';

/** What Celery 5.6 was seen to send and answer: test/data/wire/README.md. */
const folder = new URL('../../../../test/data/wire/', import.meta.url);

interface Capture {
  exchange: string;
  routing_keys: string[];
  properties: Record<string, unknown>;
  headers: Headers;
  body_text: string;
}

const registry = new ContentRegistry();
const writing = { registry, serializer: 'json' };
const reading = { registry, accept: registry.acceptSet(['json']), maxBytes: 1 << 20, maxDepth: 64 };

const captures = readdirSync(folder)
  .filter((file) => file.startsWith('control-'))
  .flatMap((file) => {
    const { messages } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { messages: Capture[] };
    return messages.map((capture, index) => ({ name: `${file}[${index}]`, capture }));
  });

const requests = captures.filter(({ capture }) => capture.exchange === 'celery.pidbox');
const answers = captures.filter(({ capture }) => capture.exchange === 'reply.celery.pidbox');

function received({ body_text: text, headers, exchange, routing_keys: keys }: Capture): ReceivedMessage {
  const properties = { contentType: 'application/json', contentEncoding: 'utf-8' };
  return { body: Buffer.from(text), headers, properties, exchange, routingKey: keys[0] ?? '' };
}

/** A message of a program that is not Celery. */
function foreign(body: string, headers: Headers = {}): ReceivedMessage {
  return received({ body_text: body, headers, exchange: 'celery.pidbox', routing_keys: [''], properties: {} });
}

const wireProperties = ({ properties }: Capture) => ({
  contentType: properties.content_type,
  contentEncoding: properties.content_encoding,
  deliveryMode: properties.delivery_mode,
  priority: properties.priority,
});

describe('control messages', () => {
  it('come from captures of requests and of answers', () => {
    expect([requests.length, answers.length]).toEqual([10, 9]);
  });

  it.each(requests)('$name: a command is written as Celery writes it', ({ capture }) => {
    const sent = encodeControlRequest(decodeControlRequest(received(capture), reading), writing);
    expect(JSON.parse(sent.body.toString())).toEqual(JSON.parse(capture.body_text));
    expect(sent.headers).toEqual(capture.headers);
    expect(sent.properties).toEqual(wireProperties(capture));
  });

  it.each(answers)('$name: an answer is written as Celery writes it', ({ capture }) => {
    const sent = encodeControlAnswer(decodeControlAnswer(received(capture), reading), writing);
    expect(JSON.parse(sent.body.toString())).toEqual(JSON.parse(capture.body_text));
    expect(sent.headers).toEqual(capture.headers);
    expect(sent.properties).toEqual(wireProperties(capture));
  });

  it('takes a command that says no more than its method', () => {
    expect(decodeControlRequest(foreign('{"method":"ping"}'), reading)).toEqual({
      method: 'ping',
      arguments: {},
      destination: null,
      pattern: null,
      matcher: null,
      reply: null,
      clock: 0,
      expires: 0,
    });
  });

  it.each(['[]', '"ping"', 'null', '{}', '{"method":1}', '{nothing'])('refuses %s', (body) => {
    expect(() => decodeControlRequest(foreign(body), reading)).toThrow(
      expect.objectContaining({ code: 'DECODE_ERROR' }),
    );
  });

  it('leaves out what has a wrong type', () => {
    const body = { method: 'ping', arguments: [1], destination: [1, 'w1@h'], pattern: 1, ticket: 2, reply_to: 'queue' };
    expect(decodeControlRequest(foreign(JSON.stringify(body), { clock: 'late' }), reading)).toMatchObject({
      arguments: {},
      destination: ['w1@h'],
      pattern: null,
      reply: null,
      clock: 0,
    });
  });

  it('takes a name from the wire for nothing but a name', () => {
    const request = decodeControlRequest(
      foreign('{"method":"ping","arguments":{"__proto__":{"polluted":1}}}'),
      reading,
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((request.arguments as { polluted?: number }).polluted).toBeUndefined();
    const answer = decodeControlAnswer(foreign('{"__proto__":{"ok":"pong"}}'), reading);
    expect(Object.keys(answer.reply)).toEqual(['__proto__']);
  });

  it.each<[Partial<ControlRequest>, boolean]>([
    [{}, true],
    [{ destination: ['w1@host'] }, true],
    [{ destination: ['w2@host', 'w1@host'] }, true],
    [{ destination: ['w2@host'] }, false],
    [{ destination: [] }, true],
    [{ destination: ['w1'] }, false],
    [{ pattern: 'w*@host', matcher: 'glob' }, true],
    [{ pattern: 'w[2-9]@*', matcher: 'glob' }, false],
    [{ pattern: 'w[!2]@*', matcher: 'glob' }, true],
    [{ pattern: 'w', matcher: 'glob' }, false],
    [{ pattern: String.raw`w\d`, matcher: 'pcre' }, true],
    [{ pattern: 'host', matcher: 'pcre' }, false],
    [{ pattern: 'x|w', matcher: 'pcre' }, true],
    [{ pattern: 'x*', matcher: null }, true],
    [{ destination: ['w1@host'], pattern: 'x*', matcher: 'glob' }, true],
  ])('%j concerns w1@host: %s', (part, expected) => {
    const everybody = decodeControlRequest(foreign('{"method":"ping"}'), reading);
    expect(concernsNode({ ...everybody, ...part }, 'w1@host')).toBe(expected);
  });

  it.each([
    ['(', 'pcre', 'no regular expression'],
    ['w*', 'sql', 'use glob or pcre'],
  ])('refuses the pattern %s for %s', (pattern, matcher, message) => {
    const everybody = decodeControlRequest(foreign('{"method":"ping"}'), reading);
    expect(() => concernsNode({ ...everybody, pattern, matcher }, 'w1@host')).toThrow(message);
  });
});
