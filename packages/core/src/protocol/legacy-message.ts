import { UnknownMessage } from '../errors/protocol-errors.js';
import { isRecord } from './class-tag.js';
import { taskLabel } from './header-reader.js';
import { readArguments, readEmbed } from './task-body.js';
import type { TaskBody } from './task-body.js';

/** A message of protocol 1, brought into the form of protocol 2. */
export interface UpgradedMessage {
  readonly body: TaskBody;
  readonly headers: Record<string, unknown>;
  /** Dates without an offset are UTC; else wall time of the app's zone. */
  readonly utc: boolean;
}

/** Protocol 1: everything is in the body, a mapping with `task`. @throws UnknownMessage, InvalidTaskError */
export function upgradeProtocol1(body: unknown): UpgradedMessage {
  if (!isRecord(body) || typeof body.task !== 'string') {
    throw new UnknownMessage(
      "The message has no header 'task' and its body is no mapping with 'task': it is no task of Celery. It was refused.",
    );
  }
  const { taskset, ...fields } = body;
  return upgraded(body, taskLabel(body.task), taskset === undefined ? fields : { ...fields, group: taskset });
}

/** The body of a message with the header `task`, written by a sender half way to protocol 2. */
export function isHybrid(body: unknown): body is Record<string, unknown> {
  return isRecord(body) && Object.hasOwn(body, 'args');
}

/** What the headers say counts; what they do not say is in the body. @throws InvalidTaskError */
export function upgradeHybrid(body: Record<string, unknown>, headers: Record<string, unknown>): UpgradedMessage {
  return upgraded(body, taskLabel(headers.task), { ...body, ...headers });
}

function upgraded(body: Record<string, unknown>, task: string, headers: Record<string, unknown>): UpgradedMessage {
  const { callbacks, errbacks, chord } = body;
  return {
    body: { ...readArguments(body.args, body.kwargs, task), embed: readEmbed({ callbacks, errbacks, chord }, task) },
    headers,
    utc: body.utc !== false,
  };
}
