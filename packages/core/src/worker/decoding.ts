import type { CeleryApp } from '../app/celery-app.js';
import type { DecodeMessageOptions } from '../protocol/task-message.js';

/** What an app takes for a task, in the worker as in its children. */
export function decoding({ config, content }: CeleryApp): DecodeMessageOptions {
  return {
    registry: content,
    accept: content.acceptSet(config.acceptContent),
    maxBytes: config.messageMaxBytes,
    maxDepth: config.messageMaxDepth,
    timezone: config.timezone,
  };
}
