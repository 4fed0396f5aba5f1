import { readProperties, writeProperties } from './wire/properties.js';
import type { Headers, MessageProperties } from '@nestjs-celery/core';
import { findReturned, PendingPublish } from './pending-publish.js';
import { ByteWriter } from './wire/byte-writer.js';
import type { Content } from './wire/content-reader.js';

interface Sent {
  body?: string;
  headers?: Headers;
  properties?: MessageProperties;
  exchange?: string;
  routingKey?: string;
  mandatory?: boolean;
}

function pending({
  body = 'b',
  headers = {},
  properties = {},
  exchange = '',
  routingKey = 'q',
  mandatory = true,
}: Sent) {
  const outcome: { error?: Error; done: boolean } = { done: false };
  const publish = new PendingPublish(
    {
      message: { body: Buffer.from(body), headers, properties },
      route: { exchange, routingKey, mandatory },
      deadline: 0,
      timeout: 50,
    },
    () => (outcome.done = true),
    (error) => (outcome.error = error),
  );
  return { publish, outcome };
}

/** As it comes back from the broker: over the wire. */
function returned({ body = 'b', headers = {}, properties = {} }: Sent): Content {
  const writer = new ByteWriter();
  writeProperties(writer, properties, headers);
  const bytes = writer.take();
  return { ...readProperties(bytes, 0, bytes.length), body: Buffer.from(body) };
}

const RETURN = { replyCode: 312, replyText: 'NO_ROUTE', exchange: '', routingKey: 'q' };

describe('a returned message', () => {
  it.each<[string, Sent[], Sent, number | undefined]>([
    ['by its route', [{ routingKey: 'other' }, { exchange: 'x' }, {}], {}, 2],
    ['by its body', [{ body: 'a' }, { body: 'b' }], {}, 1],
    [
      'by its correlation id',
      [{ properties: { correlationId: '1' } }, { properties: { correlationId: '2' } }],
      { properties: { correlationId: '2' } },
      1,
    ],
    ['by its message id', [{ properties: { messageId: '1' } }, {}], {}, 1],
    ['by its headers', [{ headers: { retries: 1 } }, { headers: { retries: 2 } }], { headers: { retries: 2 } }, 1],
    ['by the rest when the broker changed the headers', [{ headers: { BCC: ['x'] } }], {}, 0],
    ['among equals the first', [{}, {}], {}, 0],
    ['never among those that were not mandatory', [{ mandatory: false }], {}, undefined],
    ['never where nothing fits', [{ body: 'a' }], {}, undefined],
  ])('is found %s', (_, sent, back, index) => {
    const all = sent.map(pending);
    const found = findReturned(
      all.map(({ publish }) => publish),
      RETURN,
      returned(back),
    );
    expect(found).toBe(index === undefined ? undefined : all[index]?.publish);
  });

  it('is found once: its equal is the next one', () => {
    const [first, second] = [pending({}), pending({})];
    first.publish.reject(new Error('returned'));
    expect(findReturned([first.publish, second.publish], RETURN, returned({}))).toBe(second.publish);
  });
});

describe('a message whose channel is closed', () => {
  const closed = (code: number, text: string) =>
    Object.assign(new Error(`Channel closed by server: ${code} (X) with message "${text}"`), { code });

  it.each([
    [{ exchange: 'gone' }, closed(404, "NOT_FOUND - no exchange 'gone' in vhost '/'"), 'NOT_FOUND'],
    [{ exchange: 'stays' }, closed(404, "NOT_FOUND - no exchange 'gone' in vhost '/'"), 'BROKER_UNAVAILABLE'],
    [{}, closed(404, "NOT_FOUND - no exchange 'gone' in vhost '/'"), 'BROKER_UNAVAILABLE'],
    [
      { exchange: 'x' },
      closed(403, "ACCESS_REFUSED - access to exchange 'x' in vhost '/' refused for user 'u'"),
      'ACCESS_REFUSED',
    ],
    [
      { body: '12345' },
      closed(406, 'PRECONDITION_FAILED - message size 5 is larger than configured max size 4'),
      'PRECONDITION_FAILED',
    ],
    [
      { body: '1234' },
      closed(406, 'PRECONDITION_FAILED - message size 5 is larger than configured max size 4'),
      'BROKER_UNAVAILABLE',
    ],
  ])('%o is told whether it was the reason: %s', (sent, error, code) => {
    const { publish, outcome } = pending(sent);
    publish.abandon(error);
    expect(outcome.error).toMatchObject({ code, message: expect.stringContaining(`routing key 'q'`) });
  });

  it('takes only the first answer', () => {
    const { publish, outcome } = pending({});
    publish.timeOut('It was sent.', true);
    publish.resolve();
    expect(outcome.error).toMatchObject({ code: 'PUBLISH_TIMEOUT', exchange: '', routingKey: 'q', timeout: 50 });
    expect(publish.settled).toBe(true);
  });
});
