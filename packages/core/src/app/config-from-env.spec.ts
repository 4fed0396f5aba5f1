import { celeryConfigFromEnv } from './config-from-env.js';

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
