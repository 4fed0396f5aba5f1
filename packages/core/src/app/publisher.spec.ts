import type { Broker, OutgoingMessage, PublishOptions, Route } from '../contracts/broker.js';
import { silentLogger } from '../contracts/logger.js';
import { BrokerUnavailable, MessageReturned } from '../errors/broker-errors.js';
import { ContentRegistry } from '../protocol/content.js';
import { FakeClock } from '../testing/fake-clock.js';
import { ObservableBrokerStatus } from './broker-status.js';
import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';
import { Publisher } from './publisher.js';
import { Signals } from './signals.js';
import { TaskQueues } from './topology.js';

/** A broker that fails as often as the test says, and keeps what it took. */
class RecordingBroker implements Pick<Broker, 'publish' | 'declare' | 'connect' | 'status'> {
  readonly status = new ObservableBrokerStatus();
  readonly taken: { message: OutgoingMessage; route: Route; options: PublishOptions }[] = [];
  readonly declared: string[] = [];
  attempts = 0;

  constructor(private readonly failures: Error[] = []) {}

  async connect(): Promise<void> {}

  async declare(topology: { queues: readonly { name: string }[] }): Promise<void> {
    this.declared.push(...topology.queues.map(({ name }) => name));
  }

  async publish(message: OutgoingMessage, route: Route, options: PublishOptions): Promise<void> {
    const failure = this.failures[this.attempts++];
    if (failure) throw failure;
    this.taken.push({ message, route, options });
  }
}

function makePublisher(options: CeleryOptions = {}, failures: Error[] = []) {
  const config = compileConfig(options);
  const broker = new RecordingBroker(failures);
  const clock = new FakeClock('2026-11-21T10:00:00Z');
  const signals = new Signals(silentLogger);
  const publisher = new Publisher({
    config,
    broker: broker as unknown as Broker,
    queues: new TaskQueues(config),
    content: new ContentRegistry(),
    clock,
    signals,
  });
  return { publisher, broker, clock, signals };
}

const unavailable = (times: number) => Array.from({ length: times }, () => new BrokerUnavailable('connection refused'));
const call = { name: 'mail.send', args: [1], options: {} };

describe('Publisher', () => {
  it('declares the queue and sends through the default exchange, confirmed and mandatory', async () => {
    const { publisher, broker } = makePublisher();
    await publisher.publish(call);
    expect(broker.declared).toEqual(['celery']);
    expect(broker.taken[0]).toMatchObject({
      route: { exchange: '', routingKey: 'celery' },
      options: { confirm: true, mandatory: true, timeout: 10_000 },
    });
    expect(broker.taken[0]?.message.body.toString()).toMatch(/^\[\[1\], ?\{\}, ?\{/);
  });

  it('routes by routeName where the call has one, and keeps the name of the task', async () => {
    const { publisher, broker } = makePublisher({ taskRoutes: { 'reports.*': 'reports' } });
    await publisher.publish({ ...call, options: { routeName: 'reports.all' } });
    expect(broker.taken[0]).toMatchObject({
      route: { routingKey: 'reports' },
      message: { headers: { task: 'mail.send' } },
    });
  });

  it('lets the call say whether a queue must take it, and how long to wait', async () => {
    const { publisher, broker } = makePublisher();
    await publisher.publish({ ...call, options: { mandatory: false, confirmTimeout: 0.5 } });
    expect(broker.taken[0]?.options).toEqual({ confirm: true, mandatory: false, timeout: 500 });
    const other = makePublisher({ publishMandatory: false });
    await other.publisher.publish({ ...call, options: { mandatory: true } });
    expect(other.broker.taken[0]?.options.mandatory).toBe(true);
  });

  it('gives up within confirmTimeout, retries included', async () => {
    const { publisher, broker, clock } = makePublisher(
      { taskPublishRetryPolicy: { maxRetries: null } },
      unavailable(99),
    );
    const failed = expect(publisher.publish({ ...call, options: { confirmTimeout: 1 } })).rejects.toMatchObject({
      code: 'OPERATIONAL_ERROR',
    });
    await clock.advance(1000);
    await failed;
    expect(broker.attempts).toBe(4);
  });

  it('does not mind that nobody hears a broadcast, unless the call does', async () => {
    const { publisher, broker } = makePublisher({ taskQueues: [{ name: 'news', broadcast: true }] });
    await publisher.publish({ ...call, options: { queue: 'news' } });
    await publisher.publish({ ...call, options: { queue: 'news', mandatory: true } });
    expect(broker.taken.map(({ route, options }) => [route.exchange, options.mandatory])).toEqual([
      ['news', false],
      ['news', true],
    ]);
    expect(broker.declared).toEqual([]);
  });

  it('lets the call win over the route', async () => {
    const { publisher, broker } = makePublisher({ taskRoutes: { 'mail.*': { queue: 'mail', priority: 3 } } });
    await publisher.publish(call);
    await publisher.publish({ ...call, options: { queue: 'other', priority: 9 } });
    const sent = broker.taken.map(({ route, message }) => [route.routingKey, message.properties.priority]);
    expect(sent).toEqual([
      ['mail', 3],
      ['other', 9],
    ]);
  });

  it('lets an option of the call that is null or undefined hide nothing of the route', async () => {
    const { publisher, broker } = makePublisher({ taskRoutes: { 'mail.*': { queue: 'mail', priority: 3 } } });
    const options = { queue: undefined, priority: null, countdown: null, expires: undefined } as never;
    await publisher.publish({ ...call, options });
    expect(broker.taken[0]).toMatchObject({ route: { routingKey: 'mail' }, message: { properties: { priority: 3 } } });
  });

  it('tries again when the connection is gone: at once, after 0.2 s, after 0.4 s', async () => {
    const { publisher, broker, clock } = makePublisher({}, unavailable(3));
    const published = publisher.publish({ ...call, options: { taskId: 'the-id' } });
    await clock.advance(599);
    expect(broker.taken).toHaveLength(0);
    await clock.advance(1);
    expect(await published).toBe('the-id');
    expect(broker.attempts).toBe(4);
  });

  it('gives up after the retries of the policy, and says where the task was to go', async () => {
    const { publisher, clock } = makePublisher({}, unavailable(9));
    const failed = expect(publisher.publish(call)).rejects.toMatchObject({
      code: 'OPERATIONAL_ERROR',
      message: "The task was not sent to exchange '', routing key 'celery', in 4 attempt(s): connection refused",
    });
    await clock.advance(60_000);
    await failed;
  });

  it('gives up within publishTimeout, however many retries there may be', async () => {
    const options = {
      publishTimeout: 1,
      taskPublishRetryPolicy: { maxRetries: null, intervalStart: 0.3, intervalStep: 0 },
    };
    const { publisher, broker, clock } = makePublisher(options, unavailable(1000));
    const failed = expect(publisher.publish(call)).rejects.toMatchObject({ code: 'OPERATIONAL_ERROR' });
    await clock.advance(1000);
    await failed;
    expect(broker.attempts).toBe(4);
  });

  it.each<[string, 'connect' | 'declare']>([
    ['opens no connection', 'connect'],
    ['answers no declaration', 'declare'],
  ])('rejects within publishTimeout when the broker %s, and sends nothing later', async (_, method) => {
    const { publisher, broker, clock } = makePublisher({ publishTimeout: 2 });
    let answer = () => {};
    broker[method] = () => new Promise((resolve) => (answer = resolve));
    let settled = false;
    const failed = expect(publisher.publish(call)).rejects.toMatchObject({
      code: 'PUBLISH_TIMEOUT',
      timeout: 2000,
      message: expect.stringContaining('It was not sent'),
    });
    void failed.then(() => (settled = true));
    await clock.advance(1999);
    expect(settled).toBe(false);
    await clock.advance(1);
    await failed;
    answer();
    await clock.advance(60_000);
    expect(broker.attempts).toBe(0);
  });

  it('does not send what was prepared when the time was up', async () => {
    const { publisher, broker, clock } = makePublisher({ publishTimeout: 2 });
    broker.declare = async () => {
      clock.monotonic = () => 2000;
    };
    await expect(publisher.publish(call)).rejects.toMatchObject({ code: 'PUBLISH_TIMEOUT' });
    expect(broker.attempts).toBe(0);
  });

  it('sets no timer for a message whose queue is known and which the broker takes', async () => {
    const { publisher, clock } = makePublisher();
    let timers = 0;
    clock.sleep = async () => void timers++;
    await publisher.publish(call);
    expect(timers).toBe(0);
  });

  it("takes Celery's names in a call's retry policy; undefined there leaves what is configured", async () => {
    const { publisher, broker, clock } = makePublisher({}, unavailable(99));
    const attempts = async (retryPolicy: object) => {
      const before = broker.attempts;
      const failed = expect(publisher.publish({ ...call, options: { retryPolicy } })).rejects.toThrow();
      await clock.advance(60_000);
      await failed;
      return broker.attempts - before;
    };
    expect(await attempts({ max_retries: 1 })).toBe(2);
    expect(await attempts({ maxRetries: undefined, intervalStep: undefined })).toBe(4);
    expect(await attempts({ maxRetries: null, interval_start: 1 })).toBe(10);
  });

  it('refuses a retry policy with a name that it does not have', async () => {
    const { publisher, broker } = makePublisher();
    const options = { retryPolicy: { maxRetrys: 1 } as never };
    await expect(publisher.publish({ ...call, options })).rejects.toThrow("did you mean 'maxRetries'?");
    expect(broker.attempts).toBe(0);
  });

  it('does not try again when the call says so', async () => {
    const { publisher, broker } = makePublisher({}, unavailable(1));
    await expect(publisher.publish({ ...call, options: { retry: false } })).rejects.toMatchObject({
      code: 'OPERATIONAL_ERROR',
    });
    expect(broker.attempts).toBe(1);
  });

  it('does not try again what the broker refused', async () => {
    const { publisher, broker } = makePublisher({}, [new MessageReturned('', 'celery', 'NO_ROUTE')]);
    await expect(publisher.publish(call)).rejects.toMatchObject({ code: 'MESSAGE_RETURNED' });
    expect(broker.attempts).toBe(1);
  });

  it('sends nothing that cannot be written', async () => {
    const { publisher, broker } = makePublisher();
    const circular: unknown[] = [];
    circular.push(circular);
    await expect(publisher.publish({ ...call, args: circular })).rejects.toMatchObject({ code: 'ENCODE_ERROR' });
    await expect(publisher.publish({ ...call, options: { serializer: 'pickle' } })).rejects.toThrow('pickle');
    expect(broker.attempts).toBe(0);
  });
});

describe('signals around a publish', () => {
  it('give the message to receivers, whose headers and properties are sent', async () => {
    const { publisher, broker, signals } = makePublisher();
    const seen: unknown[] = [];
    signals.connect(
      'before_task_publish',
      async ({ sender, body, routingKey, headers, properties, declare, retryPolicy }) => {
        await Promise.resolve();
        seen.push([sender, body, routingKey, declare.queues[0]?.name, retryPolicy.maxRetries]);
        headers['tenant'] = 'acme';
        properties.priority = 7;
      },
    );
    signals.connect('after_task_publish', ({ sender, headers }) =>
      seen.push([sender, headers['tenant'], broker.taken.length]),
    );
    await publisher.publish({ ...call, options: { kwargs: { x: 1 } } });
    expect(broker.taken[0]?.message).toMatchObject({ headers: { tenant: 'acme' }, properties: { priority: 7 } });
    expect(seen).toEqual([
      ['mail.send', { args: [1], kwargs: { x: 1 } }, 'celery', 'celery', 3],
      ['mail.send', 'acme', 1],
    ]);
  });

  it('tell of the end of a publish only when there was one', async () => {
    const { publisher, signals } = makePublisher({ taskPublishRetry: false }, unavailable(1));
    let told = 0;
    signals.connect('after_task_publish', () => (told += 1));
    await expect(publisher.publish(call)).rejects.toThrow('connection refused');
    expect(told).toBe(0);
  });
});
