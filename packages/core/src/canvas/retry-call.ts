import type { TaskCall } from '../app/task-call.js';
import type { ApplyAsyncOptions } from '../app/task-options.js';
import { overlay } from '../app/overlay.js';
import type { DeliveryInfo, RetryPlan } from '../contracts/pool.js';
import { LOST_CHILDREN as LOST } from '../protocol/task-headers.js';
import type { TaskMessage } from '../protocol/task-message.js';

/** The call that runs a message once more: the same task, id, place in its workflow, destination and expiry. Celery's `signature_from_request`. */
export function retryCall(message: TaskMessage, delivery: DeliveryInfo, plan: RetryPlan): TaskCall {
  const { headers, embed } = message;
  const elsewhere = plan.options as ApplyAsyncOptions;
  const options = overlay(optionsOf(message, delivery, elsewhere), elsewhere);
  return {
    name: headers.task,
    args: plan.args ?? message.args,
    options: {
      ...options,
      kwargs: plan.kwargs ?? message.kwargs,
      ...(plan.countdown === undefined ? {} : { countdown: plan.countdown }),
      ...(plan.eta === undefined ? {} : { eta: plan.eta }),
    },
    embed,
    retries: headers.retries + 1,
    replacedTaskNesting: headers.replaced_task_nesting,
    ...(headers.origin === null ? {} : { origin: headers.origin }),
    ...(headers.stamped_headers === null
      ? {}
      : { stamps: { stampedHeaders: headers.stamped_headers, stamps: headers.stamps } }),
  };
}

const NOTHING: ApplyAsyncOptions = {};

function optionsOf(
  { headers, customHeaders, properties }: TaskMessage,
  delivery: DeliveryInfo,
  { queue }: ApplyAsyncOptions,
): ApplyAsyncOptions {
  const [timeLimit, softTimeLimit] = headers.timelimit;
  return {
    taskId: headers.id,
    addToParent: false,
    // a queue that the retry names stands for itself
    ...(queue === undefined ? destination(delivery) : {}),
    ...overlay(NOTHING, {
      rootId: headers.root_id,
      parentId: headers.parent_id,
      groupId: headers.group,
      groupIndex: headers.group_index,
      shadow: headers.shadow,
      expires: headers.expires,
      timeLimit,
      softTimeLimit,
      headers: withoutLosses(customHeaders),
      replyTo: properties.replyTo,
      deliveryMode: properties.deliveryMode,
      priority: delivery.priority,
      periodicTaskName: headers.periodic_task_name,
    }),
  };
}

/** The default exchange reaches a queue by its name. */
function destination({ exchange, routingKey }: DeliveryInfo): ApplyAsyncOptions {
  return exchange === '' ? { queue: routingKey } : { exchange, routingKey };
}

/** The next run has lost no child yet. */
function withoutLosses(headers: TaskMessage['customHeaders']): TaskMessage['customHeaders'] {
  if (!headers || !(LOST in headers)) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== LOST));
}
