import { DecodeError } from '../errors/protocol-errors.js';

/** kombu leaves content of these encodings as bytes. */
const BINARY: ReadonlySet<string> = new Set(['binary', 'ascii-8bit']);

type Decoder = InstanceType<typeof TextDecoder>;

const utf8 = strictDecoder('utf-8');

/** Text of an encoding's bytes, or the bytes where the encoding says that they are none. @throws DecodeError */
export function decodeText(data: string | Buffer, encoding: string): string | Buffer {
  if (typeof data === 'string' || BINARY.has(encoding)) return data;
  return encoding === 'utf-8' ? decodeUtf8(data) : decodeWith(decoderOf(encoding), data, encoding);
}

/** @throws DecodeError instead of replacing what is not UTF-8. */
export function decodeUtf8(data: string | Buffer): string {
  return typeof data === 'string' ? data : decodeWith(utf8, data, 'utf-8');
}

function decodeWith(decoder: Decoder, data: Buffer, encoding: string): string {
  try {
    return decoder.decode(data);
  } catch (cause) {
    throw new DecodeError(`The content is not text in the encoding '${encoding}' that its header names.`, { cause });
  }
}

function decoderOf(encoding: string): Decoder {
  try {
    return strictDecoder(encoding);
  } catch (cause) {
    throw new DecodeError(`The content is in the unknown encoding '${encoding.slice(0, 64)}': send utf-8 or binary.`, {
      cause,
    });
  }
}

/** A byte order mark stays in the text: Python keeps it too, and JSON refuses it. */
function strictDecoder(encoding: string): Decoder {
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
}
