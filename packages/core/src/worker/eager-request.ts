import type { CeleryApp } from '../app/celery-app.js';
import { anonymousNodeName } from '../app/anonymous-node-name.js';
import { buildTaskMessage } from '../app/task-call.js';
import type { TaskCall } from '../app/task-call.js';
import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { Delivery } from '../contracts/broker.js';
import type { TimeLimits } from '../contracts/pool.js';
import { decodeTaskMessage, encodeTaskMessage } from '../protocol/task-message.js';
import { decoding } from './decoding.js';
import { Request } from './request.js';
import type { RunnableTask } from './runnable-task.js';

const NO_LIMITS: TimeLimits = { soft: null, hard: null };

/** A call that runs where it is made, as if a broker had carried it: there is nobody to acknowledge it to, and nothing that would end it. */
export class EagerRequest extends Request {
  /** @throws EncodeError, ContentDisallowed: the arguments go through the serializer, so that no test passes with what no worker would get */
  static of(call: TaskCall, task: RunnableTask, app: CeleryApp): EagerRequest {
    const { config, content, clock } = app;
    const now = clock.now();
    const options = atOnce(call.options);
    const message = buildTaskMessage({ ...call, options }, { config, now, origin: anonymousNodeName() });
    const serializer = options.serializer ?? config.taskSerializer;
    const { exchange = '', routingKey = '' } = options;
    const received = { ...encodeTaskMessage(message, { registry: content, serializer }), exchange, routingKey };
    return new EagerRequest(delivered(received), decodeTaskMessage(received, decoding(app)), task);
  }

  override get limits(): TimeLimits {
    return NO_LIMITS;
  }
}

function atOnce({ countdown: _c, eta: _e, expires: _x, ...options }: ApplyAsyncOptions): ApplyAsyncOptions {
  return options;
}

function delivered(message: Delivery['message']): Delivery {
  return { message, queue: '', redelivered: false, ack: () => 'sent', reject: () => 'sent' };
}
