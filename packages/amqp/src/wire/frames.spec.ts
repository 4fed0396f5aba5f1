import fc from 'fast-check';
import type { OutgoingMessage } from '@nestjs-celery/core';
import { ByteWriter } from './byte-writer.js';
import { ContentReader } from './content-reader.js';
import type { Content, ContentHandlers } from './content-reader.js';
import { BasicMethod, FRAME_END, FrameType } from './frames.js';
import { FrameSplitter } from './frame-splitter.js';
import { writePublish } from './publish-frames.js';

const OURS = 7;
const MAX_FRAME = 4096;

const MESSAGE: OutgoingMessage = {
  body: Buffer.from('[[1], {}, null]'),
  headers: { task: 'é.add', retries: 300 },
  properties: {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    deliveryMode: 2,
    priority: 9,
    correlationId: 'id',
    replyTo: 'to',
    expiration: '1000',
    messageId: 'm',
    timestamp: new Date(1_700_000_000_000),
    type: 't',
    userId: 'guest',
    appId: 'app',
  },
};

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([FRAME_END])]);
}

const text = (value: string) => Buffer.from([Buffer.byteLength(value), ...Buffer.from(value)]);

function basicMethod(id: number, ...fields: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0, 60, 0, id]), ...fields]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** The frames of `basic.publish` without the method: what a broker passes on behind its own. */
function content(message: OutgoingMessage, channel: number, maxFrame = MAX_FRAME): Buffer {
  const writer = new ByteWriter();
  writePublish(writer, channel, message, { exchange: '', routingKey: '', mandatory: false }, maxFrame);
  const frames = writer.take();
  return frames.subarray(8 + frames.readUInt32BE(3));
}

function delivery(message: OutgoingMessage, tag: number, { redelivered = false, channel = OURS } = {}): Buffer {
  const fields = [text('ctag'), uint64(tag), Buffer.from([redelivered ? 1 : 0]), text('ex'), text('ké')];
  return Buffer.concat([
    frame(FrameType.method, channel, basicMethod(BasicMethod.deliver, ...fields)),
    content(message, channel),
  ]);
}

/** Everything that came, in order, of bytes that arrive in the given pieces. */
function receive(pieces: readonly Buffer[], handlers: (seen: unknown[]) => ContentHandlers) {
  const seen: unknown[] = [];
  const splitter = new FrameSplitter(MAX_FRAME * 4);
  splitter.attach(OURS, new ContentReader(handlers(seen)));
  const passed = Buffer.concat(pieces.map((piece) => splitter.push(piece)));
  return { seen, passed };
}

const allOf = (seen: unknown[]): ContentHandlers => ({
  deliver: (method, { body, headers, properties }) =>
    seen.push({ method, body: String(body), headers: { ...headers }, properties }),
  returned: (method, { body }) => seen.push({ method, body: String(body) }),
  confirmed: (tag, multiple, accepted) => seen.push({ tag, multiple, accepted }),
});

describe('the frames of messages', () => {
  it('give the message as it was written', () => {
    const { seen, passed } = receive([delivery(MESSAGE, 2 ** 33, { redelivered: true })], allOf);
    const method = { consumerTag: 'ctag', deliveryTag: 2 ** 33, redelivered: true, exchange: 'ex', routingKey: 'ké' };
    expect(seen).toEqual([
      { method, body: String(MESSAGE.body), headers: MESSAGE.headers, properties: MESSAGE.properties },
    ]);
    expect(passed).toHaveLength(0);
  });

  it('are understood however the network cuts them, and leave the others to amqplib', () => {
    const large = { ...MESSAGE, body: Buffer.alloc(3 * MAX_FRAME, 'x') };
    const foreign = [
      frame(8, 0, Buffer.alloc(0)),
      frame(FrameType.method, OURS, Buffer.from([0, 20, 0, 41])),
      delivery(MESSAGE, 1, { channel: OURS + 1 }),
    ];
    const ack = frame(FrameType.method, OURS, basicMethod(BasicMethod.ack, uint64(5), Buffer.from([1])));
    const ours = [delivery(MESSAGE, 1), delivery(large, 2), delivery({ ...MESSAGE, body: Buffer.alloc(0) }, 3), ack];
    const stream = Buffer.concat(ours.flatMap((frames, i) => [frames, foreign[i] ?? Buffer.alloc(0)]));
    const whole = receive([stream], allOf);
    expect(whole.seen).toHaveLength(4);
    expect(whole.passed).toEqual(Buffer.concat(foreign));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 60 }), (sizes) => {
        expect(receive(cut(stream, sizes), allOf)).toEqual(whole);
      }),
    );
    expect(receive(cut(stream, Array(stream.length).fill(1)), allOf)).toEqual(whole);
  });

  it('tell of returns and confirms', () => {
    const fields = [Buffer.from([1, 56]), text('NO_ROUTE'), text('ex'), text('key')];
    const returned = Buffer.concat([
      frame(FrameType.method, OURS, basicMethod(BasicMethod.return, ...fields)),
      content(MESSAGE, OURS),
    ]);
    const ack = frame(FrameType.method, OURS, basicMethod(BasicMethod.ack, uint64(3), Buffer.from([0])));
    const nack = frame(FrameType.method, OURS, basicMethod(BasicMethod.nack, uint64(9), Buffer.from([1])));
    const { seen } = receive([Buffer.concat([returned, ack, nack])], allOf);
    expect(seen).toEqual([
      {
        method: { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'ex', routingKey: 'key' },
        body: String(MESSAGE.body),
      },
      { tag: 3, multiple: false, accepted: true },
      { tag: 9, multiple: true, accepted: false },
    ]);
  });

  it('stay with amqplib on a channel that does not want them', () => {
    const stream = delivery(MESSAGE, 1);
    expect(receive([stream], () => ({})).passed).toEqual(stream);
  });

  it('give a message whose headers nobody can read, without them, and the next one whole', () => {
    const broken = delivery(MESSAGE, 1);
    broken[broken.indexOf('é.add') - 5] = 'Z'.charCodeAt(0);
    const seen: Content[] = [];
    receive([broken, delivery(MESSAGE, 2)], () => ({ deliver: (_, content) => seen.push(content) }));
    expect(seen[0]).toMatchObject({
      headers: {},
      properties: MESSAGE.properties,
      problem: expect.stringContaining("'Z'"),
    });
    expect(String(seen[0]?.body)).toBe(String(MESSAGE.body));
    expect(seen[1]).toMatchObject({ headers: MESSAGE.headers });
  });

  it('are refused when they are not AMQP, or too large', () => {
    const splitter = new FrameSplitter(100);
    expect(() => splitter.push(frame(3, 1, Buffer.alloc(101)).subarray(0, 7))).toThrow(
      'a frame of 101 bytes; 100 are allowed',
    );
    const unended = frame(3, 1, Buffer.alloc(5));
    unended[unended.length - 1] = 0;
    expect(() => new FrameSplitter(100).push(unended)).toThrow('without an end mark');
  });

  it('leave nothing behind when a message cannot be written', () => {
    const writer = new ByteWriter();
    const to = { exchange: '', routingKey: 'q', mandatory: true };
    writePublish(writer, 1, MESSAGE, to, MAX_FRAME);
    const { length } = writer;
    const bad = { ...MESSAGE, headers: { a: 1, b: 2n ** 64n } };
    expect(() => writePublish(writer, 1, bad, to, MAX_FRAME)).toThrow("headers['b'] does not fit");
    expect(() => writePublish(writer, 1, MESSAGE, { ...to, routingKey: 'k'.repeat(256) }, MAX_FRAME)).toThrow(
      'The routing key has 256',
    );
    expect(() => writePublish(writer, 1, { ...MESSAGE, properties: { priority: 256 } }, to, MAX_FRAME)).toThrow(
      '0 to 255',
    );
    expect(writer.length).toBe(length);
  });
});

function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(Buffer.from(stream.subarray(at, at + size)));
    at += size;
  }
  return [...pieces, Buffer.from(stream.subarray(at))];
}
