import { CeleryError } from './celery-error.js';

/** Bytes that are not what their content type says, or are larger or deeper than we accept. kombu's `DecodeError`. */
export class DecodeError extends CeleryError {
  readonly code = 'DECODE_ERROR';
}

/** A value that cannot be written in the chosen serializer. kombu's `EncodeError`. */
export class EncodeError extends CeleryError {
  readonly code = 'ENCODE_ERROR';
}

/** The way to a value, from the root: property names and positions. */
export type ValuePath = readonly (string | number)[];

/** An `EncodeError` that knows which value it is about, so that a caller can name it in its own words. */
export class UnencodableValue extends EncodeError {
  constructor(
    root: string,
    readonly path: ValuePath,
    /** What is wrong with the value and what to do, as the end of a sentence that begins with its path. */
    readonly problem: string,
  ) {
    super(`${root}${path.map(pathStep).join('')} ${problem}`);
  }
}

/** A text of Python that says more than plain values: it is not read, as that would mean to run it. Knows which value it is about. */
export class UnreadableLiteral extends DecodeError {
  constructor(
    root: string,
    readonly path: ValuePath,
    /** The end of a sentence that begins with the value. */
    readonly problem: string,
  ) {
    super(`${root}${path.map(pathStep).join('')} ${problem}`);
  }
}

function pathStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** A content type that is not in `acceptContent`, refused before a byte of it was decoded. kombu's `ContentDisallowed`. */
export class ContentDisallowed extends CeleryError {
  readonly code = 'CONTENT_DISALLOWED';
}

/** A message that is no task message of any protocol version. */
export class UnknownMessage extends CeleryError {
  readonly code = 'UNKNOWN_MESSAGE';
}
