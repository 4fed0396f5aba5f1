import type { OutgoingMessage, Route } from '@nestjs-celery/core';
import type { ByteWriter } from './byte-writer.js';
import { BASIC_CLASS, BasicMethod, FRAME_END, FRAME_OVERHEAD_BYTES, FrameType } from './frames.js';
import { writeProperties } from './properties.js';

const MANDATORY = 1;

/**
 * Writes one message as AMQP sends it: `basic.publish`, a content header, and the body in as many frames as it needs.
 * Leaves nothing behind when it throws. @throws EncodeError
 */
export function writePublish(
  to: ByteWriter,
  channel: number,
  message: OutgoingMessage,
  route: Route & { mandatory: boolean },
  maxFrame: number,
): void {
  const mark = to.length;
  try {
    writeFrame(to, FrameType.method, channel, () => writeMethod(to, route));
    writeFrame(to, FrameType.header, channel, () => writeContentHeader(to, message));
    writeBody(to, channel, message.body, maxFrame - FRAME_OVERHEAD_BYTES);
  } catch (error) {
    to.rewind(mark);
    throw error;
  }
}

function writeMethod(to: ByteWriter, { exchange, routingKey, mandatory }: Route & { mandatory: boolean }): void {
  to.uint16(BASIC_CLASS);
  to.uint16(BasicMethod.publish);
  to.uint16(0);
  to.shortText(exchange, 'The name of the exchange');
  to.shortText(routingKey, 'The routing key');
  to.uint8(mandatory ? MANDATORY : 0);
}

function writeContentHeader(to: ByteWriter, { body, properties, headers }: OutgoingMessage): void {
  to.uint16(BASIC_CLASS);
  to.uint16(0);
  to.int64(BigInt(body.length));
  writeProperties(to, properties, headers);
}

function writeBody(to: ByteWriter, channel: number, body: Buffer, size: number): void {
  for (let from = 0; from < body.length; from += size) {
    const part = body.length <= size ? body : body.subarray(from, from + size);
    writeFrame(to, FrameType.body, channel, () => to.raw(part));
  }
}

function writeFrame(to: ByteWriter, type: number, channel: number, payload: () => void): void {
  to.uint8(type);
  to.uint16(channel);
  const mark = to.length;
  to.uint32(0);
  payload();
  to.patchUint32(mark, to.length - mark - 4);
  to.uint8(FRAME_END);
}
