import type { OutgoingMessage } from '../contracts/broker.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { RetryPolicy } from './config.js';
import type { Signals } from './signals.js';
import type { Destination } from './topology.js';

/** One message on its way out, as a task and as it is written. */
export interface Publication {
  readonly task: TaskMessage;
  readonly message: OutgoingMessage;
  readonly destination: Destination;
}

/** Receivers may change headers and properties; the body is written already. Resolves when the last has returned. */
export async function tellBeforePublish(
  signals: Signals,
  publication: Publication,
  retryPolicy: Readonly<RetryPolicy>,
): Promise<void> {
  const { topology } = publication.destination;
  await signals.send('before_task_publish', publication.task.headers.task, {
    ...common(publication),
    declare: topology,
    retryPolicy,
  });
}

export async function tellAfterPublish(signals: Signals, publication: Publication): Promise<void> {
  await signals.send('after_task_publish', publication.task.headers.task, common(publication));
}

function common({ task: { args, kwargs }, message: { headers, properties }, destination }: Publication) {
  const { exchange, routingKey, queue, undelayed = { exchange, routingKey } } = destination;
  return {
    body: { args, kwargs },
    exchange,
    routingKey,
    destination: { ...undelayed, queue },
    headers,
    properties,
  };
}
