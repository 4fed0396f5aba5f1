import { readdirSync, readFileSync } from 'node:fs';
import type { Headers, MessageProperties, ReceivedMessage } from '../contracts/broker.js';
import { ContentRegistry } from './content.js';
import { argsRepr, kwargsRepr } from './python-repr.js';
import { decodeTaskMessage, encodeTaskMessage, peekTask } from './task-message.js';

/** Every message that a Celery 5.6 client was seen to publish: test/data/wire/README.md. */
const folder = new URL('../../../../test/data/wire/', import.meta.url);

interface Capture {
  op: string;
  exchange: string;
  routing_keys: string[];
  properties: Record<string, string | number>;
  headers: Headers;
  header_amqp_types: Record<string, unknown>;
  body_text?: string;
  body_base64?: string;
}

interface GoldenMessage {
  file: string;
  index: number;
  capture: Capture;
  received: ReceivedMessage;
}

const registry = new ContentRegistry();
const limits = { maxBytes: 1 << 20, maxDepth: 64 };
const reading = { registry, accept: registry.acceptSet(['json']), timezone: 'UTC', ...limits };

/** One of the bodies holds Python's bare NaN, which the platform does not read. */
function bodyOf(text: string): unknown {
  return JSON.parse(text.replaceAll(/(?<=[\s[,:])NaN(?=[\s,\]}])/g, '"<NaN>"'));
}

function load(file: string): GoldenMessage[] {
  const text = readFileSync(new URL(file, folder), 'utf8').replaceAll(/^\s*NaN$/gm, 'null');
  const { messages } = JSON.parse(text) as { messages: Capture[] };
  return messages.map((capture, index) => ({ file, index, capture, received: received(capture) }));
}

function received(capture: Capture): ReceivedMessage {
  const { body_text: text, body_base64: base64 } = capture;
  return {
    body: text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8'),
    headers: capture.headers,
    properties: propertiesOf(capture.properties),
    exchange: capture.exchange,
    routingKey: capture.routing_keys[0] ?? '',
  };
}

function propertiesOf(raw: Record<string, string | number>): MessageProperties {
  const camel = (name: string) => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [camel(name), value]));
}

const all = readdirSync(folder)
  .filter((file) => file.startsWith('publish-'))
  .flatMap(load);
const tasks = all.filter(({ capture }) => 'task' in capture.headers);
const isReadable = ({ capture }: GoldenMessage) =>
  capture.properties.content_type === 'application/json' && capture.headers.compression === undefined;
const readable = tasks.filter(isReadable);
const name = ({ file, index }: GoldenMessage) => `${file} [${index}]`;

/** Integers, as the broker stored them: `I` is 32 bits, `l` is 64. */
function expectSameIntegers(ours: unknown, type: unknown, path: string): void {
  if (type === 'I' || type === 'l')
    expect([path, Number.isInteger(Number(ours)), typeof ours]).toEqual([path, true, 'number']);
  if (type === 'd') expect([path, Number.isInteger(ours)]).toEqual([path, false]);
  if (typeof type !== 'object' || type === null) return;
  const members = (type as { A?: unknown; F?: unknown }).A ?? (type as { F?: unknown }).F ?? {};
  for (const [key, member] of Object.entries(members)) {
    expectSameIntegers((ours as Record<string, unknown>)[key], member, `${path}.${key}`);
  }
}

describe('golden messages of Celery 5.6', () => {
  it('are all here', () => {
    expect({ all: all.length, tasks: tasks.length, readable: readable.length }).toEqual({
      all: 79,
      tasks: 78,
      readable: 73,
    });
  });

  it.each(readable.map((golden) => [name(golden), golden] as const))('%s comes back as it went in', (_, golden) => {
    const again = encodeTaskMessage(decodeTaskMessage(golden.received, reading), { registry, serializer: 'json' });
    expect(again.headers).toEqual(golden.capture.headers);
    expect(Object.keys(again.headers)).toEqual(Object.keys(golden.capture.headers));
    expect(again.properties).toEqual(golden.received.properties);
    expect(bodyOf(again.body.toString())).toEqual(bodyOf(golden.received.body.toString()));
    for (const [header, type] of Object.entries(golden.capture.header_amqp_types)) {
      expectSameIntegers(again.headers[header], type, header);
    }
  });

  /** Reprs that the call gave itself. */
  const overridden = new Set(['publish-argsrepr.json']);
  /** Reprs of tuples: JSON has brought them as lists. */
  const withTuples = new Set([
    'publish-send-task.json',
    'publish-starmap.json',
    'publish-chord-db.json',
    'publish-chord-body-chain-db.json',
    'publish-chord-link-error-db.json',
  ]);
  const asLists = (repr: string) => repr.replaceAll('(', '[').replaceAll(/,?\)/g, ']');

  it.each(readable.filter(({ file }) => !overridden.has(file)).map((golden) => [name(golden), golden] as const))(
    '%s has the reprs that we would write',
    (_, golden) => {
      const { args, kwargs, headers } = decodeTaskMessage(golden.received, reading);
      const seen = withTuples.has(golden.file) ? asLists : (repr: string) => repr;
      expect(seen(argsRepr(args))).toBe(seen(headers.argsrepr));
      expect(seen(kwargsRepr(kwargs))).toBe(seen(headers.kwargsrepr));
    },
  );

  it.each(tasks.filter((golden) => !isReadable(golden)).map((golden) => [name(golden), golden] as const))(
    '%s is refused by the name of its format, and still has name and id',
    (_, golden) => {
      const { content_type: type } = golden.capture.properties;
      const format = golden.capture.headers.compression ?? type;
      const decoding = () => decodeTaskMessage(golden.received, reading);
      expect(decoding).toThrow(expect.objectContaining({ code: 'CONTENT_DISALLOWED' }));
      expect(decoding).toThrow(String(format));
      expect(peekTask(golden.received)).toEqual({ name: 'wire.add', id: golden.capture.headers.id });
    },
  );

  it('that are no task, an event, are told apart', () => {
    const event = all.find(({ capture }) => !('task' in capture.headers)) as GoldenMessage;
    expect(() => decodeTaskMessage(event.received, reading)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_MESSAGE' }),
    );
    expect(peekTask(event.received)).toBeUndefined();
  });
});
