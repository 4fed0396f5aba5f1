import type { CeleryApp } from '../app/celery-app.js';
import { UnencodableValue } from '../errors/protocol-errors.js';
import type { EncodedContent } from '../protocol/content.js';

/** What a task returned, as it is stored. @throws EncodeError naming the task and the place in the value that cannot be written */
export function encodeResult({ content, config }: CeleryApp, task: string, value: unknown): EncodedContent {
  try {
    return content.encode(value, config.resultSerializer);
  } catch (error) {
    if (!(error instanceof UnencodableValue)) throw error;
    throw new UnencodableValue(`Task '${task}': the result`, error.path, error.problem);
  }
}
