import { InvalidTaskError } from '../errors/task-errors.js';
import { isRecord } from './class-tag.js';
import { parseSignature } from './signature-json.js';
import type { SignatureJson } from './signature-json.js';

/** The third element of the body: what is to happen after the task. */
export interface Embed {
  callbacks: SignatureJson[] | null;
  errbacks: SignatureJson[] | null;
  /** The steps that remain, in reverse: the next one is the last element. */
  chain: SignatureJson[] | null;
  /** The chord's body, when the task is a member of its header. */
  chord: SignatureJson | null;
}

export interface TaskBody {
  args: unknown[];
  kwargs: Record<string, unknown>;
  embed: Embed;
}

/** Reads the decoded body `[args, kwargs, embed]`; each of them may be null, as sloppy producers send it. @throws InvalidTaskError */
export function readTaskBody(body: unknown, task: string): TaskBody {
  if (!Array.isArray(body) || body.length !== 3) {
    throw new InvalidTaskError(`The body of the message of task '${task}' is not a list [args, kwargs, embed].`);
  }
  const [args, kwargs, embed] = body as [unknown, unknown, unknown];
  return { ...readArguments(args, kwargs, task), embed: readEmbed(embed, task) };
}

/** @throws InvalidTaskError when args is no list or kwargs no object. */
export function readArguments(args: unknown, kwargs: unknown, task: string): Pick<TaskBody, 'args' | 'kwargs'> {
  const list = args ?? [];
  const record = kwargs ?? {};
  if (!Array.isArray(list)) throw new InvalidTaskError(`The args of task '${task}' are not a list.`);
  if (!isRecord(record)) throw new InvalidTaskError(`The kwargs of task '${task}' are not an object.`);
  return { args: list as unknown[], kwargs: record };
}

/** @throws InvalidTaskError when a part of it is no signature. */
export function readEmbed(value: unknown, task: string): Embed {
  const embed = value ?? {};
  if (!isRecord(embed))
    throw new InvalidTaskError(`The embed of task '${task}' (third element of the body) is not an object.`);
  const { chord } = embed;
  return {
    callbacks: signatures(embed.callbacks, 'callbacks', task),
    errbacks: signatures(embed.errbacks, 'errbacks', task),
    chain: signatures(embed.chain, 'chain', task),
    chord: chord === null || chord === undefined ? null : parseSignature(chord, `The chord of task '${task}'`),
  };
}

function signatures(value: unknown, key: string, task: string): SignatureJson[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw new InvalidTaskError(`The ${key} of task '${task}' are not a list.`);
  return value.map((item, index) => parseSignature(item, `${key}[${index}] of task '${task}'`));
}
