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

  it('makes missing queues with the type of exchange and of queue that the settings say', () => {
    const known = queues({ taskCreateMissingQueueExchangeType: 'topic', taskCreateMissingQueueType: 'quorum' });
    expect(known.get('mail')).toMatchObject({ exchange: 'mail', exchangeType: 'topic', routingKey: 'mail' });
    expect(known.hasQuorum).toBe(true);
    expect(known.get('celery')).toMatchObject({ exchangeType: 'direct' });
  });

  it('binds a queue to a headers exchange by what it is to compare', () => {
    const bindingArguments = { 'x-match': 'any', kind: 'report' };
    const { topology } = queues({ taskQueues: [{ name: 'q', exchangeType: 'headers', bindingArguments }] }).get('q');
    expect(topology.exchanges).toEqual([{ name: 'q', type: 'headers', durable: true, autoDelete: false }]);
    expect(topology.bindings).toEqual([{ queue: 'q', exchange: 'q', routingKey: 'q', arguments: bindingArguments }]);
  });

  describe('a broadcast queue', () => {
    const known = (options: CeleryOptions = {}) =>
      queues({ taskQueues: [{ name: 'news', broadcast: true }], ...options });

    it("is kombu's: a fanout exchange of the name, and a queue of its own in each process", () => {
      const [one, two] = [known().get('news'), known({ taskDefaultQueueType: 'quorum' }).get('news')];
      expect(one.name).toMatch(/^bcast\.[0-9a-f-]{36}$/);
      expect(one.name).not.toBe(two.name);
      const { topology } = two;
      expect(topology).toEqual({
        exchanges: [{ name: 'news', type: 'fanout', durable: true, autoDelete: false }],
        queues: [{ name: two.name, durable: true, exclusive: false, autoDelete: true }],
        bindings: [{ queue: two.name, exchange: 'news', routingKey: 'celery' }],
      });
    });

    it('is called by its alias, and found by the name that the broker knows', () => {
      const all = known();
      expect(all.configured).toEqual(['news']);
      expect(all.find(all.get('news').name)).toBe(all.get('news'));
      expect(all.find('news')).toBeUndefined();
    });

    it('is sent to through its exchange, and never declared by who sends', () => {
      const all = known();
      const to = all.destination({ queue: 'news' });
      expect(to).toMatchObject({ exchange: 'news', routingKey: 'celery', broadcast: true });
      expect(to.topology).toEqual({ exchanges: all.get('news').topology.exchanges, queues: [], bindings: [] });
      expect(all.destination({ queue: 'news' }).topology).toBe(to.topology);
    });
  });

  describe("a worker's own queue", () => {
    it("is Celery's: named after the node, behind the exchange C.dq2", () => {
      expect(queues({ taskDefaultQueueType: 'quorum' }).workerDirect('w1@host').topology).toEqual({
        exchanges: [{ name: 'C.dq2', type: 'direct', durable: true, autoDelete: false }],
        queues: [{ name: 'w1@host.dq2', durable: true, exclusive: false, autoDelete: false }],
        bindings: [{ queue: 'w1@host.dq2', exchange: 'C.dq2', routingKey: 'w1@host' }],
      });
    });

    it('is the same when it is named in a call', () => {
      const known = queues({ taskCreateMissingQueueType: 'quorum', taskCreateMissingQueueExchangeType: 'topic' });
      expect(known.get('w1@host.dq2')).toBe(known.workerDirect('w1@host'));
      expect(known.destination({ queue: 'w1@host.dq2' })).toMatchObject({ exchange: '', routingKey: 'w1@host.dq2' });
    });

    it('may be named although no queues are to be created, where workers have such queues', () => {
      expect(() => queues({ taskCreateMissingQueues: false }).get('w1@host.dq2')).toThrow('is not in taskQueues');
      const known = queues({ taskCreateMissingQueues: false, workerDirect: true });
      expect(known.get('w1@host.dq2').exchange).toBe('C.dq2');
    });
  });

  it('refuses a queue that is configured twice', () => {
    expect(() => queues({ taskQueues: ['a', { name: 'a' }] })).toThrow("taskQueues names 'a' twice");
  });
});
