import type { DeliveryInfo } from '../contracts/pool.js';
import { LOST_CHILDREN } from '../protocol/task-headers.js';
import type { TaskMessage } from '../protocol/task-message.js';
import { retryCall } from './retry-call.js';

const message = (customHeaders: TaskMessage['customHeaders'] = null) =>
  ({
    headers: { task: 'mail.send', id: 'id', retries: 0, timelimit: [null, null], stamped_headers: null, origin: null },
    customHeaders,
    args: [],
    kwargs: {},
    embed: {},
    properties: {},
  }) as unknown as TaskMessage;

const delivered = (exchange: string, routingKey: string): DeliveryInfo => ({
  exchange,
  routingKey,
  priority: null,
  redelivered: false,
});

describe('retryCall', () => {
  it('goes where the message came from: a queue by its name, or an exchange with a routing key', () => {
    expect(retryCall(message(), delivered('', 'mail'), { options: {} }).options).toMatchObject({ queue: 'mail' });
    expect(retryCall(message(), delivered('topic', 'a.b'), { options: {} }).options).toMatchObject({
      exchange: 'topic',
      routingKey: 'a.b',
    });
  });

  it('goes to the queue that the retry names, and to nothing else', () => {
    const { options } = retryCall(message(), delivered('topic', 'a.b'), { options: { queue: 'slow' } });
    expect(options).toMatchObject({ queue: 'slow' });
    expect([options.exchange, options.routingKey]).toEqual([undefined, undefined]);
  });

  it('leaves the count of lost children behind', () => {
    const headers = { tenant: 'x', [LOST_CHILDREN]: 2 };
    expect(retryCall(message(headers), delivered('', 'mail'), { options: {} }).options.headers).toEqual({
      tenant: 'x',
    });
  });
});
