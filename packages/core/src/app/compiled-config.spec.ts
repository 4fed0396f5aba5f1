import { compileConfig } from './compiled-config.js';

describe('compileConfig', () => {
  it("fills in Celery's defaults", () => {
    const config = compileConfig({});
    expect(config).toMatchObject({
      broker: 'amqp://guest:guest@localhost:5672//',
      resultBackend: undefined,
      timezone: 'UTC',
      taskDefaultQueue: 'celery',
      taskDefaultExchange: 'celery',
      taskDefaultRoutingKey: 'celery',
      taskDefaultDeliveryMode: 2,
      taskQueues: [{ name: 'celery' }],
      taskPublishRetryPolicy: { maxRetries: 3, intervalStart: 0, intervalStep: 0.2, intervalMax: 1 },
      resultExpires: 86_400,
      acceptContent: ['json'],
      resultAcceptContent: ['json'],
      taskAcksLate: false,
    });
  });

  it('lets the exchange and the routing key follow the default queue', () => {
    expect(compileConfig({ taskDefaultQueue: 'jobs' })).toMatchObject({
      taskDefaultExchange: 'jobs',
      taskDefaultRoutingKey: 'jobs',
      taskQueues: [{ name: 'jobs' }],
    });
  });

  it("understands Celery's lower-case, upper-case and old names", () => {
    const config = compileConfig({
      broker_url: 'amqp://a//',
      CELERY_TASK_ACKS_LATE: true,
      CELERYD_CONCURRENCY: 3,
      CELERY_DEFAULT_QUEUE: 'old',
      result_backend: 'memory://',
    });
    expect(config).toMatchObject({
      broker: 'amqp://a//',
      taskAcksLate: true,
      workerConcurrency: 3,
      taskDefaultQueue: 'old',
      resultBackend: 'memory://',
    });
  });

  it('keeps null where null is a value, such as results that never expire', () => {
    expect(compileConfig({ resultExpires: null, brokerConnectionMaxRetries: null })).toMatchObject({
      resultExpires: null,
      brokerConnectionMaxRetries: null,
    });
  });

  it('fills in what a retry policy leaves out', () => {
    const { taskPublishRetryPolicy } = compileConfig({ taskPublishRetryPolicy: { maxRetries: 9 } });
    expect(taskPublishRetryPolicy).toEqual({ maxRetries: 9, intervalStart: 0, intervalStep: 0.2, intervalMax: 1 });
  });

  it('takes undefined in a retry policy for "not given", and null retries for ever', () => {
    const policyOf = (written: object) => compileConfig({ taskPublishRetryPolicy: written }).taskPublishRetryPolicy;
    const byDefault = { maxRetries: 3, intervalStart: 0, intervalStep: 0.2, intervalMax: 1 };
    expect(policyOf({ maxRetries: undefined, intervalMax: undefined })).toEqual(byDefault);
    expect(policyOf({ maxRetries: null, intervalStep: null })).toEqual({ ...byDefault, maxRetries: null });
  });

  it("takes Celery's names of the options of queues and of the retry policy", () => {
    const config = compileConfig({
      task_queues: [{ name: 'a', routing_key: 'a.#', exchange_type: 'topic', message_ttl: null }],
      task_publish_retry_policy: { max_retries: 1 },
    });
    expect(config.taskQueues).toEqual([{ name: 'a', routingKey: 'a.#', exchangeType: 'topic' }]);
    expect(config.taskPublishRetryPolicy.maxRetries).toBe(1);
  });

  it.each([
    [
      { taskQueues: ['a', { name: 'b', routingKy: 'k' }] },
      "taskQueues[1]: unknown option 'routingKy': did you mean 'routingKey'?",
    ],
    [
      { taskPublishRetryPolicy: { max_retry: 1 } },
      "taskPublishRetryPolicy: unknown option 'max_retry': did you mean 'max_retries'?",
    ],
    [{ taskQueues: [JSON.parse('{"name": "a", "__proto__": {}}')] }, "taskQueues[0]: unknown option '__proto__'"],
  ])('refuses the unknown name in %j', (options, message) => {
    expect(() => compileConfig(options)).toThrow(message);
  });

  it.each([
    ['brokr', "unknown option 'brokr': did you mean 'broker'?"],
    ['taskRoute', "unknown option 'taskRoute': did you mean 'taskRoutes'?"],
    ['result_backnd', "unknown option 'result_backnd': did you mean 'result_backend'?"],
    ['somethingElseEntirely', "unknown option 'somethingElseEntirely'"],
    ['__proto__x', "unknown option '__proto__x'"],
  ])('refuses the unknown option %s by name', (name, message) => {
    expect(() => compileConfig({ [name]: 1 })).toThrow(message);
  });

  it('names every problem at once', () => {
    const wrong = () => compileConfig({ workerConcurrency: 0, enableUtc: 'yes', foo: 1 });
    expect(wrong).toThrow("'workerConcurrency' expects a whole number, 1 or more, or null, not 0");
    expect(wrong).toThrow("'enableUtc' expects true or false, not a string");
    expect(wrong).toThrow("unknown option 'foo'");
  });

  it('refuses a setting that is given under two names', () => {
    expect(() => compileConfig({ broker: 'memory://', broker_url: 'memory://' })).toThrow("'broker' is given twice");
  });

  it('refuses a time zone that does not exist', () => {
    expect(() => compileConfig({ timezone: 'Mars/Olympus' })).toThrow("'timezone' expects an IANA time zone");
  });

  it.each(['asia/seoul', '+09:00', 'PST'])('refuses the time zone %s, which Python would not know', (timezone) => {
    expect(() => compileConfig({ timezone })).toThrow("'timezone' expects an IANA time zone");
  });

  it('never shows a text value, which may be a secret', () => {
    const wrong = () => compileConfig({ workerConcurrency: 'amqp://u:canary@h' });
    expect(wrong).toThrow("'workerConcurrency' expects a whole number, 1 or more, or null, not a string");
    expect(wrong).not.toThrow('canary');
  });

  it('refuses a queue without a name', () => {
    expect(() => compileConfig({ taskQueues: ['a', { name: '' }] })).toThrow('taskQueues[1] has no name');
  });
});
