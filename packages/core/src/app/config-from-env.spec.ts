import { compileConfig } from './compiled-config.js';
import { celeryConfigFromEnv } from './config-from-env.js';
import { TaskRouter } from './router.js';

describe('celeryConfigFromEnv', () => {
  it('reads settings by type', () => {
    const env = {
      CELERY_BROKER_URL: 'amqp://h//',
      CELERY_TASK_ACKS_LATE: 'true',
      CELERY_WORKER_CONCURRENCY: '7',
      CELERY_RESULT_EXPIRES: 'null',
      CELERY_ACCEPT_CONTENT: 'json, yaml',
      CELERY_TASK_ROUTES: '{"mail.*": "mail"}',
    };
    expect(celeryConfigFromEnv('CELERY', env)).toEqual({
      broker: 'amqp://h//',
      taskAcksLate: true,
      workerConcurrency: 7,
      resultExpires: null,
      acceptContent: ['json', 'yaml'],
      taskRoutes: { 'mail.*': 'mail' },
    });
  });

  it('takes another prefix, and then nothing without it', () => {
    const env = { JOBS_TASK_DEFAULT_QUEUE: 'jobs', BROKER_URL: 'amqp://other//', CELERY_TIMEZONE: 'UTC' };
    expect(celeryConfigFromEnv('JOBS', env)).toEqual({ taskDefaultQueue: 'jobs' });
  });

  it("takes Celery 3's names", () => {
    const env = { BROKER_URL: 'amqp://old//', CELERYD_CONCURRENCY: '2', CELERY_IGNORE_RESULT: 'on' };
    expect(celeryConfigFromEnv('CELERY', env)).toEqual({
      broker: 'amqp://old//',
      workerConcurrency: 2,
      taskIgnoreResult: true,
    });
  });

  it('leaves variables alone that are something else', () => {
    expect(celeryConfigFromEnv('CELERY', { CELERY_APP_IMAGE_TAG_OF_DEPLOYMENT: 'x', PATH: '/bin' })).toEqual({});
  });

  it('takes a blank variable for one that is not given', () => {
    const env = {
      CELERY_BROKER_HEARTBEAT: '',
      CELERY_WORKER_CONCURRENCY: ' ',
      CELERY_RESULT_EXPIRES: '',
      CELERY_TASK_ROUTES: '',
      CELERY_ACCEPT_CONTENT: '\t',
    };
    expect(celeryConfigFromEnv('CELERY', env)).toEqual({});
  });

  it('gives JSON whose names are checked as those of code are', () => {
    const routes = (text: string) =>
      compileConfig(celeryConfigFromEnv('CELERY', { CELERY_TASK_ROUTES: text })).taskRoutes;
    expect(new TaskRouter(routes('{"a": {"routing_key": "k"}}')).route('a', [], {}, {})).toEqual({ routingKey: 'k' });
    expect(() => new TaskRouter(routes('{"a": {"queu": "q"}}'))).toThrow("did you mean 'queue'?");
  });

  it('refuses a slip of the pen', () => {
    expect(() => celeryConfigFromEnv('CELERY', { CELERY_TASK_ACK_LATE: '1' })).toThrow(
      "did you mean 'TASK_ACKS_LATE'?",
    );
  });

  it('refuses a value that is not of the kind, by the name of the variable', () => {
    expect(() => celeryConfigFromEnv('CELERY', { CELERY_WORKER_CONCURRENCY: 'many' })).toThrow(
      'CELERY_WORKER_CONCURRENCY expects a whole number, 1 or more',
    );
  });
});
