import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';
import { TaskQueues } from './topology.js';

const queues = (options: CeleryOptions = {}) => new TaskQueues(compileConfig(options));

describe('TaskQueues', () => {
  it('declares the default queue as Celery does: durable, direct exchange and key of its name, no arguments', () => {
    expect(queues().get('celery').topology).toEqual({
      exchanges: [{ name: 'celery', type: 'direct', durable: true, autoDelete: false }],
      queues: [{ name: 'celery', durable: true, exclusive: false, autoDelete: false }],
      bindings: [{ queue: 'celery', exchange: 'celery', routingKey: 'celery' }],
    });
  });

  it('makes a queue that is not configured in the same way, once', () => {
    const known = queues();
    expect(known.get('mail')).toBe(known.get('mail'));
    expect(known.get('mail')).toMatchObject({ exchange: 'mail', exchangeType: 'direct', routingKey: 'mail' });
  });

  it('refuses a queue that is not configured when missing queues are not to be created', () => {
    const known = queues({ taskQueues: ['a'], taskCreateMissingQueues: false });
    expect(() => known.get('b')).toThrow("Queue 'b' is not in taskQueues");
  });

  it('writes queue options as declaration arguments, times in milliseconds', () => {
    const known = queues({
      taskQueues: [
        {
          name: 'q',
          expires: 60,
          messageTtl: 1.5,
          maxLength: 10,
          maxPriority: 9,
          queueArguments: { 'x-max-length': 5 },
        },
      ],
      taskDefaultQueueType: 'quorum',
    });
    expect(known.get('q').topology.queues[0]?.arguments).toEqual({
      'x-expires': 60_000,
      'x-message-ttl': 1500,
      'x-max-length': 5,
      'x-max-priority': 9,
      'x-queue-type': 'quorum',
    });
  });

  it('gives every queue the common highest priority', () => {
    expect(queues({ taskQueueMaxPriority: 10 }).get('x').topology.queues[0]?.arguments).toEqual({
      'x-max-priority': 10,
    });
  });

  describe('destination', () => {
    it('reaches a direct queue through the default exchange', () => {
      expect(queues().destination({})).toMatchObject({ exchange: '', routingKey: 'celery' });
      expect(queues().destination({ queue: 'mail' })).toMatchObject({ exchange: '', routingKey: 'mail' });
    });

    it('takes exchange and routing key as they are when both are given', () => {
      const to = queues().destination({ exchange: 'ex1', routingKey: 'rk1' });
      expect(to).toMatchObject({ exchange: 'ex1', routingKey: 'rk1', queue: 'celery' });
    });

    it('uses the exchange and key of a queue that is not direct', () => {
      const known = queues({
        taskQueues: [{ name: 'feed', exchange: 'news', exchangeType: 'topic', routingKey: 'news.*' }],
      });
      expect(known.destination({ queue: 'feed' })).toMatchObject({ exchange: 'news', routingKey: 'news.*' });
      expect(known.destination({ queue: 'feed', routingKey: 'news.eu' })).toMatchObject({
        exchange: 'news',
        routingKey: 'news.eu',
      });
    });
  });

  it('refuses a queue that is configured twice', () => {
    expect(() => queues({ taskQueues: ['a', { name: 'a' }] })).toThrow("taskQueues names 'a' twice");
  });
});
