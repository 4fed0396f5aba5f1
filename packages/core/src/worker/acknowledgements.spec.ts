import type { CeleryApp } from '../app/celery-app.js';
import type { CeleryOptions } from '../app/config.js';
import { currentTask } from '../app/task-context.js';
import type { TaskOptions } from '../app/task-options.js';
import type { TaskHandler } from '../app/task-registry.js';
import { Ignore, Reject } from '../errors/task-errors.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('acknowledgements');

type Settled = 'ack' | 'reject' | 'requeue';

/** What the worker says to the broker, and when: `handler` stands for the start of the handler. */
function watchAcks(app: CeleryApp): string[] {
  const events: string[] = [];
  const open = app.broker.openSession.bind(app.broker);
  app.broker.openSession = (handlers) =>
    open({
      ...handlers,
      onDelivery: (delivery) =>
        handlers.onDelivery({
          ...delivery,
          ack: () => {
            events.push('ack');
            return delivery.ack();
          },
          reject: (options = {}) => {
            events.push(options.requeue === true ? 'requeue' : 'reject');
            // what goes back would come again
            return delivery.reject({ requeue: false });
          },
        }),
    });
  return events;
}

const HANDLERS: Record<string, TaskHandler> = {
  success: () => 1,
  failure: () => {
    throw new Error('broken');
  },
  retry: () => currentTask()?.retry({ countdown: 60 }),
  ignore: () => {
    throw new Ignore();
  },
  reject: () => {
    throw new Reject('not now', false);
  },
  'reject with requeue': () => {
    throw new Reject('not now', true);
  },
  'hard time limit': () => new Promise(() => {}),
};

async function run(event: string, options: TaskOptions, settings: CeleryOptions = {}) {
  const app = workers.app(settings);
  const events = watchAcks(app);
  const handler: TaskHandler = (args, kwargs) => {
    events.push('handler');
    return HANDLERS[event]?.(args, kwargs);
  };
  const limits = event === 'hard time limit' ? { timeLimit: 0.02 } : {};
  const worker = workers.worker(app, { task: [handler, { ...limits, ...options }] });
  await worker.start();
  const result = await app.sendTask('task');
  await waitUntil('the task is over', () => events.length >= 2 && worker.active === 0);
  return { events, state: await result.state() };
}

describe('Acknowledgement, early', () => {
  it.each([
    ['success', 'SUCCESS'],
    ['failure', 'FAILURE'],
    ['retry', 'RETRY'],
    ['ignore', 'PENDING'],
    ['reject', 'PENDING'],
    ['reject with requeue', 'PENDING'],
    ['hard time limit', 'FAILURE'],
  ])('of %s: an ack before the handler, and nothing after it', async (event, state) => {
    expect(await run(event, {})).toEqual({ events: ['ack', 'handler'], state });
  });
});

describe('Acknowledgement, late', () => {
  it.each<[string, TaskOptions, Settled, string]>([
    ['success', {}, 'ack', 'SUCCESS'],
    ['failure', {}, 'ack', 'FAILURE'],
    ['failure', { acksOnFailureOrTimeout: false }, 'reject', 'FAILURE'],
    ['hard time limit', {}, 'ack', 'FAILURE'],
    ['hard time limit', { acksOnFailureOrTimeout: false }, 'requeue', 'FAILURE'],
    ['retry', {}, 'ack', 'RETRY'],
    ['retry', { acksOnFailureOrTimeout: false }, 'ack', 'RETRY'],
    ['ignore', {}, 'ack', 'PENDING'],
    ['reject', {}, 'reject', 'PENDING'],
    ['reject with requeue', {}, 'requeue', 'PENDING'],
  ])('of %s %j: %s after the handler', async (event, options, settled, state) => {
    expect(await run(event, { acksLate: true, ...options })).toEqual({ events: ['handler', settled], state });
  });

  it('follows the settings where the task says nothing, and the task where it does', async () => {
    const settings = { taskAcksLate: true, taskAcksOnFailureOrTimeout: false };
    expect((await run('failure', {}, settings)).events).toEqual(['handler', 'reject']);
    expect((await run('failure', { acksOnFailureOrTimeout: true }, settings)).events).toEqual(['handler', 'ack']);
    expect((await run('failure', { acksLate: false }, settings)).events).toEqual(['ack', 'handler']);
  });
});

describe('Acknowledgement of what never runs', () => {
  const before = async (send: (app: CeleryApp) => Promise<unknown>, options: TaskOptions = {}) => {
    const app = workers.app();
    const events = watchAcks(app);
    await workers.worker(app, { task: [() => events.push('handler'), options] }).start();
    await send(app);
    await waitUntil('the message is settled', () => events.length > 0);
    return events;
  };

  it('acknowledges an expired task', async () => {
    // the broker itself would drop it: take its own limit away
    const send = (app: CeleryApp) => {
      const publish = app.broker.publish.bind(app.broker);
      app.broker.publish = (message, ...rest) => {
        const properties = Object.entries(message.properties).filter(([name]) => name !== 'expiration');
        return publish({ ...message, properties: Object.fromEntries(properties) }, ...rest);
      };
      return app.sendTask('task', [], { expires: new Date(0) });
    };
    expect(await before(send)).toEqual(['ack']);
    expect(await before(send, { acksLate: true })).toEqual(['ack']);
  });

  it('rejects an unregistered task, without requeue', async () => {
    expect(await before((app) => app.sendTask('nobody.knows'))).toEqual(['reject']);
  });

  it('acknowledges a body that cannot be read, and rejects a task that cannot be run', async () => {
    const raw = (app: CeleryApp, body: string, eta: string | null) =>
      app.broker.publish(
        {
          body: Buffer.from(body),
          headers: { task: 'task', id: 'raw', eta, retries: 0 },
          properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
        },
        { exchange: '', routingKey: 'celery' },
        { confirm: true, mandatory: true, timeout: 1000 },
      );
    expect(await before((app) => raw(app, '[[', null))).toEqual(['ack']);
    expect(await before((app) => raw(app, '[[], {}, {}]', 'soon'))).toEqual(['reject']);
  });
});
