import { connect } from 'amqplib';
import type { ChannelModel } from 'amqplib';
import type { Broker, Delivery, Headers } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { ownQueue } from '../../../test/support/own-queue.js';
import { amqpUrl } from '../../../test/support/servers.js';
import { channelNumber, connectionInternals } from './amqplib-internals.js';
import { amqp } from './index.js';
import { ByteWriter } from './wire/byte-writer.js';
import { writeTable } from './wire/field-table-writer.js';
import { FRAME_END } from './wire/frames.js';

const integers = [
  127,
  128,
  255,
  256,
  300,
  32_767,
  32_768,
  2 ** 31,
  2 ** 53 - 1,
  1_763_710_000_123,
  -1,
  -129,
  -(2 ** 31) - 1,
];

describe('headers between us and other clients', () => {
  let broker: Broker;
  let other: ChannelModel;
  let queue: string;
  let received: Delivery[];

  beforeEach(async () => {
    queue = ownQueue();
    received = [];
    other = await connect(amqpUrl());
    broker = amqp(amqpUrl())(adapterDeps());
    const declaration = { name: queue, durable: true, exclusive: false, autoDelete: false };
    await broker.declare({ exchanges: [], queues: [declaration], bindings: [] });
    const session = await broker.openSession({
      onDelivery: (delivery) => {
        received.push(delivery);
        delivery.ack();
      },
      onLost: (error) => {
        throw error;
      },
      onCancelled: () => {},
    });
    await session.subscribe(queue);
  });

  afterEach(async () => {
    await broker.close();
    await other.close();
  });

  const next = async (): Promise<Headers> => {
    const delivery = await waitUntil('the message', () => received.shift());
    return JSON.parse(JSON.stringify(delivery.message.headers, (_, value: unknown) => asText(value))) as Headers;
  };

  it('survive from amqplib, which writes small integers with small tags', async () => {
    const channel = await other.createChannel();
    channel.sendToQueue(queue, Buffer.from('x'), { headers: { integers, nested: { list: [{ n: 300 }] }, half: 0.5 } });
    expect(await next()).toEqual({ integers, nested: { list: [{ n: 300 }] }, half: 0.5 });
  });

  it.each([
    ['L', 8, '0000019aa6193e7b', 1_763_723_263_611],
    ['L', 8, '0020000000000001', '9007199254740993n'],
    ['L', 8, 'fffffffffffffffe', -2],
    ['l', 8, '7fffffffffffffff', '9223372036854775807n'],
    ['I', 4, '8000ffff', -2_147_418_113],
    ['i', 4, 'ffffffff', 4_294_967_295],
    ['s', 2, 'fffe', -2],
    ['u', 2, 'fffe', 65_534],
    ['b', 1, '80', -128],
    ['B', 1, '80', 128],
    ['D', 5, '0200000096', 1.5],
    ['f', 4, '3fc00000', 1.5],
  ])('survive with the tag %s in %i bytes: %s', async (tag, size, hex, value) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(bytes).toHaveLength(size);
    await publishRaw(other, queue, Buffer.concat([Buffer.from([1, 0x6b]), Buffer.from(tag), bytes]));
    expect(await next()).toEqual({ k: value });
    await publishRaw(other, queue, tableOf({ after: 1 }));
    expect(await next()).toEqual({ after: 1 });
  });

  it('arrive at amqplib as the integers that they are', async () => {
    await broker.admin?.deleteQueue(queue);
    const channel = await other.createChannel();
    await channel.assertQueue(queue);
    const headers = { integers, nested: { stamps: [{ ms: 1_763_710_000_123 }] }, timelimit: [300, null] };
    const route = { exchange: '', routingKey: queue };
    const options = { confirm: true, mandatory: true, timeout: 5000 };
    await broker.publish({ body: Buffer.from('x'), headers, properties: {} }, route, options);
    const message = await channel.get(queue, { noAck: true });
    expect(message && message.properties.headers).toEqual(headers);
  });
});

function asText(value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function tableOf(headers: Headers): Buffer {
  const writer = new ByteWriter();
  writeTable(writer, headers);
  return writer.take().subarray(4);
}

/** Publishes with a header table of these bytes, which no client would write so. */
async function publishRaw(model: ChannelModel, queue: string, table: Buffer): Promise<void> {
  const channel = await model.createChannel();
  const number = channelNumber(channel);
  const method = Buffer.concat([
    Buffer.from([0, 60, 0, 40, 0, 0, 0, queue.length]),
    Buffer.from(queue),
    Buffer.from([0]),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(table.length);
  const header = Buffer.concat([Buffer.from([0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0]), size, table]);
  const frames = [frame(1, number, method), frame(2, number, header), frame(3, number, Buffer.from('x'))];
  connectionInternals(model).stream.write(Buffer.concat(frames));
  await channel.close();
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.from([type, 0, channel, 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([FRAME_END])]);
}
