import type { CeleryApp } from '../app/celery-app.js';
import type { TaskCall } from '../app/task-call.js';
import { successorsOf } from '../canvas/successors.js';
import type { EncodedContent } from '../protocol/content.js';
import type { TaskMessage } from '../protocol/task-message.js';

/** What follows a task that succeeded. They take its value as it is stored. */
export function successorCalls(
  message: TaskMessage,
  result: EncodedContent,
  { content, config }: CeleryApp,
): TaskCall[] {
  const { callbacks, chain } = message.embed;
  if (!callbacks && !chain) return [];
  const limits = { maxBytes: Infinity, maxDepth: config.messageMaxDepth };
  const value = content.decode(result, { accept: content.acceptSet([result.contentType]), ...limits });
  return successorsOf(message, value, config.taskInheritParentPriority);
}
