import { FieldCursor } from './field-cursor.js';
import { BASIC_CLASS, BasicMethod, FrameType } from './frames.js';
import type { FrameSink } from './frame-splitter.js';
import { readProperties } from './properties.js';
import type { ContentHeader } from './properties.js';

export interface Content extends ContentHeader {
  body: Buffer;
}

export interface DeliverMethod {
  consumerTag: string;
  deliveryTag: number;
  redelivered: boolean;
  exchange: string;
  routingKey: string;
}

export interface ReturnMethod {
  replyCode: number;
  replyText: string;
  exchange: string;
  routingKey: string;
}

/** What arrives on a channel besides answers to requests. A handler that is missing leaves the frames to amqplib. */
export interface ContentHandlers {
  deliver?(method: DeliverMethod, content: Content): void;
  returned?(method: ReturnMethod, content: Content): void;
  /** The broker's answer to publish number `tag`, and with `multiple` to all before it. */
  confirmed?(tag: number, multiple: boolean, accepted: boolean): void;
}

const NO_BODY = Buffer.alloc(0);

/** Puts messages together from the frames of one channel: a method, a content header, and bodies. */
export class ContentReader implements FrameSink {
  readonly #handlers: ContentHandlers;
  #finish: ((content: Content) => void) | undefined;
  #header: ContentHeader | undefined;
  #bodies: Buffer[] = [];
  #missing = 0;

  constructor(handlers: ContentHandlers) {
    this.#handlers = handlers;
  }

  accept(type: number, bytes: Buffer, start: number, end: number): boolean {
    switch (type) {
      case FrameType.method:
        return bytes.readUInt16BE(start) === BASIC_CLASS && this.#method(bytes, start, end);
      case FrameType.header:
        return this.#finish !== undefined && this.#contentHeader(bytes, start, end);
      case FrameType.body:
        return this.#header !== undefined && this.#body(bytes.subarray(start, end));
      default:
        return false;
    }
  }

  #method(bytes: Buffer, start: number, end: number): boolean {
    const { deliver, returned, confirmed } = this.#handlers;
    const fields = new FieldCursor(bytes, start + 4, end);
    switch (bytes.readUInt16BE(start + 2)) {
      case BasicMethod.deliver:
        return deliver !== undefined && this.#expect(readDeliver(fields), deliver);
      case BasicMethod.return:
        return returned !== undefined && this.#expect(readReturn(fields), returned);
      case BasicMethod.ack:
        confirmed?.(fields.uint64(), fields.flag(), true);
        return confirmed !== undefined;
      case BasicMethod.nack:
        confirmed?.(fields.uint64(), fields.flag(), false);
        return confirmed !== undefined;
      default:
        return false;
    }
  }

  /** The content follows in frames of its own. */
  #expect<T>(method: T, handler: (method: T, content: Content) => void): true {
    this.#finish = (content) => handler(method, content);
    return true;
  }

  #contentHeader(bytes: Buffer, start: number, end: number): boolean {
    this.#missing = new FieldCursor(bytes, start + 4, end).uint64();
    this.#header = readProperties(bytes, start + 12, end);
    if (this.#missing === 0) this.#complete(NO_BODY);
    return true;
  }

  #body(part: Buffer): boolean {
    this.#bodies.push(part);
    this.#missing -= part.length;
    if (this.#missing <= 0) this.#complete(this.#bodies.length === 1 ? part : Buffer.concat(this.#bodies));
    return true;
  }

  #complete(body: Buffer): void {
    const finish = this.#finish;
    const header = this.#header;
    this.#finish = this.#header = undefined;
    this.#bodies = [];
    if (finish && header) finish({ ...header, body });
  }
}

function readDeliver(fields: FieldCursor): DeliverMethod {
  return {
    consumerTag: fields.shortText(),
    deliveryTag: fields.uint64(),
    redelivered: fields.flag(),
    exchange: fields.shortText(),
    routingKey: fields.shortText(),
  };
}

function readReturn(fields: FieldCursor): ReturnMethod {
  return {
    replyCode: fields.uint16(),
    replyText: fields.shortText(),
    exchange: fields.shortText(),
    routingKey: fields.shortText(),
  };
}
