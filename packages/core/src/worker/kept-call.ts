import { redactedCall, shownReprs } from '../app/redact.js';
import type { RedactedCall } from '../app/task-options.js';
import type { StoredCall } from '../contracts/side-stores.js';
import { decodeJson, encodeJson } from '../protocol/json.js';
import { callTexts } from '../protocol/json-parts.js';
import { argsRepr, kwargsRepr, pythonRepr } from '../protocol/python-repr.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { Request } from './request.js';

/** What is kept of a task's arguments: for people to read and, where it can be had, for `rerun`. */
export interface KeptCall {
  readonly argsrepr: string;
  readonly kwargsrepr: string;
  readonly call?: StoredCall;
}

/** The arguments of a call as JSON. */
type CallTexts = Pick<StoredCall, 'args' | 'kwargs'>;

/** The reprs alone, for a state that is not the last. */
export function shownCall(request: Request): KeptCall {
  const { headers, args, kwargs } = request.message;
  const { redact } = request.task.options;
  if (redact) return shownReprs(redactedCall(redact, args, kwargs));
  return { argsrepr: headers.argsrepr, kwargsrepr: headers.kwargsrepr };
}

/** Everything, for the last state. No call where it takes more than `maxBytes`, or the sender or the task hides it. */
export function keptCall(request: Request, maxBytes: number): KeptCall {
  const texts = textsOf(request, maxBytes);
  if (request.task.options.redact) return redactedOf(request, texts, maxBytes);
  const shown = shownCall(request);
  if (!texts || isHidden(request, texts)) return shown;
  return { ...shown, call: storedCall(request, texts, false) };
}

/** As the sender wrote them; a small body of another form (another serializer, protocol 1) is written anew. */
function textsOf({ message, received }: Request, maxBytes: number): CallTexts | undefined {
  const { body, properties } = received;
  const isJson = properties.contentType === 'application/json' && properties.contentEncoding === 'utf-8';
  const texts = isJson ? callTexts(body, maxBytes) : undefined;
  return texts ?? (body.length > maxBytes ? undefined : written(message, maxBytes));
}

/** Undefined where they cannot be written, or take too much. */
function written({ args, kwargs }: RedactedCall, maxBytes: number): CallTexts | undefined {
  try {
    const texts = { args: encodeJson(args), kwargs: encodeJson(kwargs) };
    return Buffer.byteLength(texts.args) + Buffer.byteLength(texts.kwargs) > maxBytes ? undefined : texts;
  } catch {
    return undefined;
  }
}

function redactedOf(request: Request, texts: CallTexts | undefined, maxBytes: number): KeptCall {
  const { redact } = request.task.options;
  if (!redact) return shownCall(request);
  const whole = texts ? read(texts) : request.message;
  const before = texts && written(whole, Infinity);
  const kept = redactedCall(redact, whole.args, whole.kwargs);
  const after = kept && written(kept, maxBytes);
  if (!after) return shownReprs(kept);
  const isWhole = before?.args === after.args && before.kwargs === after.kwargs;
  return { ...shownReprs(kept), call: storedCall(request, isWhole && texts ? texts : after, !isWhole) };
}

/** They were read before, so they are no deeper than may be. */
function read({ args, kwargs }: CallTexts): RedactedCall {
  const options = { maxDepth: Infinity };
  return {
    args: decodeJson(args, options) as unknown[],
    kwargs: decodeJson(kwargs, options) as Record<string, unknown>,
  };
}

function storedCall({ id, message, source }: Request, texts: CallTexts, redacted: boolean): StoredCall {
  // an eager run has no queue, and PostgreSQL no word for a NUL
  const queue = source.queue === '' || source.queue.includes('\0') ? null : source.queue;
  return { taskId: id, name: message.headers.task, ...texts, queue, redacted };
}

/** The sender shows something else than the arguments (`argsrepr`), to hide them. A handler may have changed them: then the message is asked. */
function isHidden({ message }: Request, texts: CallTexts): boolean {
  return !isShown(message, message) && !isShown(message, read(texts));
}

function isShown({ headers }: TaskMessage, { args, kwargs }: RedactedCall): boolean {
  const isArgs = headers.argsrepr === argsRepr(args) || sameNumbers(headers.argsrepr, argsRepr(args), pythonRepr(args));
  return isArgs && (headers.kwargsrepr === kwargsRepr(kwargs) || sameNumbers(headers.kwargsrepr, kwargsRepr(kwargs)));
}

/** Python shows a whole float as `2.0`, which JavaScript does not tell from 2; and a list of arguments as a list. */
function sameNumbers(shown: string, ...reprs: string[]): boolean {
  const plain = shown.replaceAll(/(\d)\.0(?=[,)\]}])/g, '$1');
  return reprs.includes(plain);
}
