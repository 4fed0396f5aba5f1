import { CeleryError } from './celery-error.js';

/** Bytes that are not what their content type says, or are larger or deeper than we accept. kombu's `DecodeError`. */
export class DecodeError extends CeleryError {
  readonly code = 'DECODE_ERROR';
}

/** A value that cannot be written in the chosen serializer. kombu's `EncodeError`. */
export class EncodeError extends CeleryError {
  readonly code = 'ENCODE_ERROR';
}

/** A content type that is not in `acceptContent`, refused before a byte of it was decoded. kombu's `ContentDisallowed`. */
export class ContentDisallowed extends CeleryError {
  readonly code = 'CONTENT_DISALLOWED';
}

/** A message that is no task message of any protocol version. */
export class UnknownMessage extends CeleryError {
  readonly code = 'UNKNOWN_MESSAGE';
}
