import type { CeleryApp } from '../app/celery-app.js';
import { currentTask } from '../app/task-context.js';
import { BackendStoreError, BackendUnavailable } from '../errors/backend-errors.js';
import { PublishTimeout } from '../errors/broker-errors.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('settle');
const LATE = { acksLate: true };

/** The backend refuses, or fails, whatever the function says. */
function failing(app: CeleryApp, problem: (meta: TaskMeta) => Error | undefined): void {
  const { backend } = app;
  if (!backend) throw new Error('The app has no backend.');
  const store = backend.storeResult.bind(backend);
  backend.storeResult = (meta, address) => {
    const error = problem(meta);
    return error ? Promise.reject(error) : store(meta, address);
  };
}

/** Publishes to that queue are not answered. */
function unanswered(app: CeleryApp, queue: string): void {
  const publish = app.broker.publish.bind(app.broker);
  app.broker.publish = (message, route, options) =>
    route.routingKey === queue
      ? Promise.reject(new PublishTimeout('', queue, 1, 'It may have arrived.'))
      : publish(message, route, options);
}

describe('A late-ack task that cannot be brought home', () => {
  it('fails, and runs once, when its retry would never be taken', async () => {
    const app = workers.app({ taskCreateMissingQueues: false });
    let runs = 0;
    const astray = () => {
      runs++;
      currentTask()?.retry({ queue: 'typo', countdown: 0 });
    };
    await workers.worker(app, { astray: [astray, LATE] }).start();
    const result = await app.sendTask('astray');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    expect(runs).toBe(1);
  });

  it('is over when the store would never take even its failure', async () => {
    const app = workers.app();
    failing(app, () => new BackendStoreError('the id is too long'));
    let runs = 0;
    await workers.worker(app, { broken: [() => Promise.reject(new Error(`run ${++runs}`)), LATE] }).start();
    await app.sendTask('broken');
    await waitUntil('it is told', () => workers.lines.some((line) => line.includes('and never will')));
    await waitUntil('it is over', () => workers.lines.some((line) => line.includes('raised unexpected')));
    expect(runs).toBe(1);
  });

  it('goes back when its retry was not answered, and has lost no worker by that', async () => {
    const app = workers.app({ workerLostLimit: 2 });
    unanswered(app, 'slow');
    let runs = 0;
    const again = () => (++runs < 3 ? currentTask()?.retry({ queue: 'slow', countdown: 0 }) : 'the third run');
    await workers.worker(app, { again: [again, LATE] }, { queues: ['celery'] }).start();
    const result = await app.sendTask('again');
    expect(await result.get({ timeout: 10 })).toBe('the third run');
  });
});

describe('What hooks and signals hear', () => {
  it('of an early-ack task whose result is lost: a failure', async () => {
    const app = workers.app();
    failing(app, () => new BackendUnavailable('away'));
    const heard: string[] = [];
    const onFailure = (error: unknown) => void heard.push(String(error));
    app.signals.connect('task_postrun', ({ state }) => void heard.push(state));
    await workers.worker(app, { work: [() => 1, { onFailure }] }).start();
    await app.sendTask('work');
    await waitUntil('both are told', () => heard.length === 2);
    expect(heard).toEqual([expect.stringContaining('away'), 'FAILURE']);
  });

  it('of a hard time limit: a failure', async () => {
    const app = workers.app();
    const heard: string[] = [];
    const onFailure = (error: unknown) => void heard.push(String(error));
    app.signals.connect('task_failure', ({ exception }) => void heard.push(String(exception)));
    await workers.worker(app, { deaf: [() => new Promise(() => {}), { timeLimit: 0.02, onFailure }] }).start();
    await (await app.sendTask('deaf')).get({ timeout: 5, propagate: false });
    await waitUntil('both are told', () => heard.length === 2);
    const told = 'TimeLimitExceeded: the time limit of 0.02 s has passed';
    expect(heard).toEqual([told, told]);
  });

  it('does not keep a slot for ever: a hook that never ends is left alone after the hard time limit', async () => {
    const app = workers.app();
    const onSuccess = () => new Promise(() => {});
    const tasks = { work: [() => 1, { timeLimit: 0.05, onSuccess }], next: () => 2 } as const;
    await workers.worker(app, tasks, { concurrency: 1 }).start();
    await app.sendTask('work');
    expect(await (await app.sendTask('next')).get({ timeout: 5 })).toBe(2);
    expect(workers.lines.some((line) => line.includes('its hooks take longer than 0.05s'))).toBe(true);
  });
});
