import type { OutgoingMessage } from '../contracts/broker.js';
import { EncodeError } from '../errors/protocol-errors.js';

/**
 * A worker would discard what is larger: better told where the data is.
 * @throws EncodeError naming the task, the size and the setting
 */
export function refuseOversize({ body }: OutgoingMessage, task: string, maxBytes: number): void {
  if (body.length <= maxBytes) return;
  throw new EncodeError(
    `Task '${task}' was not sent: its message has ${body.length} bytes, more than messageMaxBytes (${maxBytes}), and a worker would discard it. ` +
      'Send a reference to the data (a row, a file), or raise messageMaxBytes here and in the workers.',
  );
}
