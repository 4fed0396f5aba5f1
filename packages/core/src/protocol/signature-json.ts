import { InvalidTaskError } from '../errors/task-errors.js';
import { isRecord } from './class-tag.js';

/** A signature as it travels in `embed` and in the arguments of canvas tasks. Keys that we do not know are kept. */
export interface SignatureJson {
  task: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
  options: Record<string, unknown>;
  subtask_type: string | null;
  immutable: boolean;
  [extra: string]: unknown;
}

/**
 * Reads a signature out of decoded JSON; what is missing or null takes Celery's defaults. `where` names it in messages.
 * @throws InvalidTaskError when it has no task, or a part of the wrong type.
 */
export function parseSignature(value: unknown, where = 'The signature'): SignatureJson {
  if (!isRecord(value))
    throw new InvalidTaskError(`${where} is no signature: it must be an object with the key 'task'.`);
  const { task, args, kwargs, options, subtask_type: subtaskType, immutable } = value;
  if (typeof task !== 'string' || task === '') throw wrong(where, 'task', 'the name of a task');
  if (!isAbsent(args) && !Array.isArray(args)) throw wrong(where, 'args', 'a list');
  if (!isAbsent(kwargs) && !isRecord(kwargs)) throw wrong(where, 'kwargs', 'an object');
  if (!isAbsent(options) && !isRecord(options)) throw wrong(where, 'options', 'an object');
  if (!isAbsent(subtaskType) && typeof subtaskType !== 'string') throw wrong(where, 'subtask_type', 'text or null');
  return {
    ...value,
    task,
    args: (args as unknown[] | null | undefined) ?? [],
    kwargs: kwargs ?? {},
    options: options ?? {},
    subtask_type: subtaskType ?? null,
    immutable: immutable === true,
  };
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

function wrong(where: string, key: string, wanted: string): InvalidTaskError {
  return new InvalidTaskError(`${where} has a '${key}' that is not ${wanted}.`);
}
