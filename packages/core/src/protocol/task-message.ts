import type { HeaderValue, MessageProperties } from '../contracts/broker.js';
import type { SignatureJson } from './signature-json.js';
import type { TaskHeaders } from './task-headers.js';

/** The third element of the body: what is to happen after the task. */
export interface Embed {
  callbacks: SignatureJson[] | null;
  errbacks: SignatureJson[] | null;
  /** The steps that remain, in reverse: the next one is the last element. */
  chain: SignatureJson[] | null;
  /** The chord's body, when the task is a member of its header. */
  chord: SignatureJson | null;
}

/** A task on its way, of whichever protocol version, in one form. Plain data. */
export interface TaskMessage {
  headers: TaskHeaders;
  /** The sender's own headers (Celery's `request.headers`), null when there are none. */
  customHeaders: Record<string, HeaderValue> | null;
  args: unknown[];
  kwargs: Record<string, unknown>;
  embed: Embed;
  properties: MessageProperties;
}
