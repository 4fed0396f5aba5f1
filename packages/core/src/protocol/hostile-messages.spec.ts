import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type { Headers, HeaderValue, ReceivedMessage } from '../contracts/broker.js';
import { isCeleryError } from '../errors/celery-error.js';
import { ContentRegistry } from './content.js';
import { fromExceptionInfo, toExceptionInfo } from './exception-info.js';
import { decodeJson, encodeJson } from './json.js';
import { pythonRepr } from './python-repr.js';
import { Decimal, PlainDate, Uuid } from './python-values.js';
import { decodeTaskMessage, encodeTaskMessage } from './task-message.js';

const registry = new ContentRegistry();
const reading = {
  registry,
  accept: registry.acceptSet(['json']),
  timezone: 'Asia/Seoul',
  maxBytes: 1 << 20,
  maxDepth: 64,
};

const bodies = ['publish-json-special-types.json', 'publish-chain.json', 'publish-kwargs.json'].map((file) => {
  const text = readFileSync(new URL(`../../../../test/data/wire/${file}`, import.meta.url), 'utf8');
  const { messages } = JSON.parse(text.replaceAll(/^\s*NaN$/gm, 'null')) as {
    messages: { body_text: string; headers: Headers }[];
  };
  const [first] = messages;
  return { body: Buffer.from(first?.body_text ?? ''), headers: first?.headers ?? {} };
});

const pristine = snapshot();

/** Every name and value of the prototypes that hostile input might reach. */
function snapshot(): string {
  return [Object.prototype, Array.prototype, Function.prototype, Error.prototype]
    .map((prototype) =>
      Reflect.ownKeys(prototype)
        .map((key) => String(key))
        .join(),
    )
    .join('|');
}

/** Decoding either works or fails with an error of ours; what was decoded can be shown and sent on. */
function survives(received: ReceivedMessage): void {
  try {
    const message = decodeTaskMessage(received, reading);
    pythonRepr(message.args);
    encodeTaskMessage(message, { registry, serializer: 'json' });
  } catch (error) {
    if (!isCeleryError(error)) throw error;
  }
  expect(snapshot()).toBe(pristine);
}

function received(body: Buffer, headers: Headers): ReceivedMessage {
  const properties = { contentType: 'application/json', contentEncoding: 'utf-8' };
  return { body, headers, properties, exchange: '', routingKey: 'celery' };
}

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'hasOwnProperty',
  '__type__',
  '__value__',
  'a',
  '',
];
const key = fc.oneof(fc.constantFrom(...KEYS), fc.string());
const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 1, -1));
const bigint = fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n });
const moment = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

const { value } = fc.letrec<{ value: unknown; list: unknown[]; record: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    integer,
    bigint,
    fc.double({ noInteger: true }),
    fc.double({ min: 2 ** 53 }),
    fc.string({ unit: 'binary' }),
    moment,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.uuid().map((text) => new Uuid(text)),
    moment.map((date) => new PlainDate(date.toISOString().slice(0, 10))),
    fc.integer().map((number) => new Decimal(`${number}.50`)),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('value')),
  // not the two keys of an envelope: such an object is a typed value
  record: fc.dictionary(
    key.filter((name) => name !== '__type__'),
    tie('value'),
    { noNullPrototype: true },
  ),
}));

describe('whatever comes', () => {
  it('is the same value after a journey through JSON', () => {
    fc.assert(
      fc.property(value, (original) => {
        // jest's own equality asks values for their 'constructor', which is a key of some
        expect(isDeepStrictEqual(decodeJson(encodeJson(original)), original)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads what JSON.parse reads, and as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().map((json) => encodeJson(json)),
        (text) => {
          const careful = `[NaN,${text}]`;
          expect(isDeepStrictEqual((decodeJson(careful) as unknown[])[1], JSON.parse(text))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never crashes the reader: any bytes of a message may be others', () => {
    const change = fc.record({
      at: fc.nat(2000),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('[]{}",:\\\0eN0-')), fc.nat(255)),
    });
    const mutation = fc.record({
      original: fc.constantFrom(...bodies),
      changes: fc.array(change, { minLength: 1, maxLength: 6 }),
      cut: fc.option(fc.nat(600)),
    });
    fc.assert(
      fc.property(mutation, ({ original, changes, cut }) => {
        const body = Buffer.from(original.body);
        for (const { at, byte } of changes) body[at % body.length] = byte;
        survives(received(cut === null ? body : body.subarray(0, cut), original.headers));
      }),
      { numRuns: 5000 },
    );
  });

  it('never crashes the reader: any header may be any value', () => {
    const names = Object.keys(bodies[0]?.headers ?? {});
    const scalar = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.date(),
      fc.uint8Array(),
    );
    const header = fc.oneof(scalar, fc.array(scalar), fc.dictionary(key, scalar)) as fc.Arbitrary<HeaderValue>;
    const headers = fc.dictionary(fc.oneof(fc.constantFrom(...names, 'compression', 'x-death'), key), header);
    fc.assert(
      fc.property(fc.constantFrom(...bodies), headers, ({ body, headers: original }, others) => {
        survives(received(body, { ...original, ...others }));
      }),
      { numRuns: 1500 },
    );
  });

  it('never crashes the reader: any JSON may be a body, of any protocol', () => {
    const part = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()));
    const fields = ['task', 'id', 'args', 'kwargs', 'eta', 'timelimit', 'callbacks', 'chord', 'utc', '__proto__'];
    const body = fc.oneof(part, fc.tuple(part, part, part), fc.dictionary(fc.constantFrom(...fields), part));
    fc.assert(
      fc.property(body, fc.constantFrom<Headers>({}, { task: 't', id: 'i' }), (content, headers) => {
        survives(received(Buffer.from(JSON.stringify(content)), headers));
      }),
      { numRuns: 1500 },
    );
  });

  it('becomes an error when it was stored as one, and what was thrown can be stored', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true, withDate: true }),
        (anything) => {
          expect(fromExceptionInfo(anything)).toBeInstanceOf(Error);
          const info = toExceptionInfo(anything);
          expect(() => encodeJson(info)).not.toThrow();
          expect(fromExceptionInfo(decodeJson(encodeJson(info)))).toBeInstanceOf(Error);
          expect(snapshot()).toBe(pristine);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
