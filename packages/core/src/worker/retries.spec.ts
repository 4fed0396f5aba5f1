import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';
import { currentTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import { InvalidArguments } from '../errors/task-errors.js';
import { decodeTaskMessage } from '../protocol/task-message.js';
import type { TaskMessage } from '../protocol/task-message.js';
import type { CeleryApp } from '../app/celery-app.js';

const workers = new MemoryWorkers('retries');

const task = () => currentTask() as TaskContext;

/** Every message that the app publishes, decoded. */
function watchPublishes(app: CeleryApp): TaskMessage[] {
  const messages: TaskMessage[] = [];
  const publish = app.broker.publish.bind(app.broker);
  app.broker.publish = (message, route, options) => {
    const { content } = app;
    const limits = { accept: content.acceptSet(['json']), maxBytes: 1e6, maxDepth: 99, timezone: 'UTC' };
    messages.push(decodeTaskMessage({ ...message, ...route }, { registry: content, ...limits }));
    return publish(message, route, options);
  };
  return messages;
}

describe('A task that is retried', () => {
  it('runs again under its id, with one retry more, and ends as the last run does', async () => {
    const app = workers.app();
    const seen: number[] = [];
    const flaky = () => {
      seen.push(task().retries);
      if (task().retries < 2) task().retry({ countdown: 0, exc: new Error('not yet') });
      return 'done';
    };
    await workers.worker(app, { flaky }).start();
    expect(await (await app.sendTask('flaky')).get({ timeout: 5 })).toBe('done');
    expect(seen).toEqual([0, 1, 2]);
  });

  it('keeps headers, priority, expiry, limits, links, group and roots of its message; x-death is left behind', async () => {
    const app = workers.app();
    const sent = watchPublishes(app);
    const flaky = () => (task().retries === 0 ? task().retry({ countdown: 0 }) : 'done');
    await workers.worker(app, { flaky, next: () => 1 }).start();
    const link = { task: 'next', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: true };
    const result = await app.sendTask('flaky', ['a'], {
      kwargs: { b: 1 },
      expires: new Date('2099-01-01'),
      priority: 7,
      timeLimit: 60,
      softTimeLimit: 50,
      headers: { tenant: 'x', 'x-death': [{ count: 1 }] },
      shadow: 'Flaky',
      groupId: 'g',
      groupIndex: 3,
      rootId: 'r',
      parentId: 'p',
      replyTo: 'here',
      link,
    });
    await result.get({ timeout: 5 });
    const [first, again] = sent;
    expect(again).toMatchObject({
      args: ['a'],
      kwargs: { b: 1 },
      customHeaders: { tenant: 'x' },
      embed: { callbacks: [{ task: 'next' }] },
      properties: { correlationId: result.id, priority: 7, replyTo: 'here', deliveryMode: 2 },
    });
    expect(again?.customHeaders).not.toHaveProperty('x-death');
    const { retries, ...kept } = again?.headers ?? {};
    expect(retries).toBe(1);
    expect(kept).toMatchObject(omit(first?.headers, ['retries', 'ignore_result']));
  });

  it('stores RETRY with the error that is the reason', async () => {
    const app = workers.app();
    await workers.worker(app, { wait: () => task().retry({ countdown: 3600, exc: new TypeError('later') }) }).start();
    const result = await app.sendTask('wait');
    await expect(result.get({ timeout: 0.5 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const line = 'retry: Retry in 3600s: TypeError("later")';
    await waitUntil('it is logged', () => workers.lines.some((written) => written.includes(line)));
    expect(await result.state()).toBe('RETRY');
    expect(await result.result()).toMatchObject({ name: 'TypeError', message: 'later' });
  });

  it('goes to another queue with other arguments when it says so', async () => {
    const app = workers.app();
    const flaky = (args: unknown[]) =>
      task().retries === 0 ? task().retry({ countdown: 0, queue: 'slow', args: ['second'] }) : args;
    await workers.worker(app, { flaky }, { queues: ['celery', 'slow'] }).start();
    const result = await app.sendTask('flaky', ['first']);
    expect(await result.get({ timeout: 5 })).toEqual(['second']);
  });

  it('fails with its own error, cause and all, when no retry is left', async () => {
    const app = workers.app();
    const flaky = () => {
      const cause = new Error('the disk is full');
      task().retry({ countdown: 0, exc: new RangeError('no room', { cause }) });
    };
    await workers.worker(app, { flaky: [flaky, { maxRetries: 1 }] }).start();
    const result = await app.sendTask('flaky');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ name: 'RangeError', message: 'no room' });
    expect(await result.traceback()).toMatch(/the disk is full[^]*direct cause[^]*no room/);
  });

  it('fails with MaxRetriesExceededError when it gave no error', async () => {
    const app = workers.app();
    await workers.worker(app, { flaky: [() => task().retry({ countdown: 0 }), { maxRetries: 1 }] }).start();
    const result = await app.sendTask('flaky');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'MAX_RETRIES_EXCEEDED' });
  });

  it('keeps the chain for the run that succeeds', async () => {
    const app = workers.app();
    const flaky = () => (task().retries === 0 ? task().retry({ countdown: 0 }) : 20);
    const double = ([x]: unknown[]) => Number(x) * 2;
    await workers.worker(app, { flaky, double }).start();
    const step = {
      task: 'double',
      args: [],
      kwargs: {},
      options: { task_id: 'end' },
      subtask_type: null,
      immutable: false,
    };
    await app.publish({ name: 'flaky', args: [], options: {}, embed: { chain: [step] } });
    expect(await app.asyncResult('end').get({ timeout: 5 })).toBe(40);
  });
});

describe('autoretryFor', () => {
  class Temporary extends Error {}
  class Final extends Temporary {}
  const options = {
    autoretryFor: [Temporary],
    dontAutoretryFor: [Final],
    retryKwargs: { countdown: 0, maxRetries: 2 },
  };

  async function runs(error: unknown, more = {}): Promise<number> {
    const app = workers.app();
    let count = 0;
    const fail = () => {
      count++;
      throw error;
    };
    await workers.worker(app, { fail: [fail, { ...options, ...more }] }).start();
    await (await app.sendTask('fail')).get({ timeout: 5, propagate: false });
    return count;
  }

  it('retries the errors of its classes, up to the limit', async () => {
    expect(await runs(new Temporary('x'))).toBe(3);
  });

  it('lets other errors, those of dontAutoretryFor and invalid arguments fail at once', async () => {
    expect(await runs(new Error('x'))).toBe(1);
    expect(await runs(new Final('x'))).toBe(1);
    expect(await runs(new InvalidArguments('x'), { autoretryFor: [Error] })).toBe(1);
    expect(await runs('no error at all')).toBe(1);
  });

  it('counts each task on its own: what one call changes is not seen by the next', async () => {
    const app = workers.app();
    const runsOf = new Map<string, number>();
    const fail = () => {
      const runs = (runsOf.get(task().id) ?? 0) + 1;
      runsOf.set(task().id, runs);
      // the first call allows itself more than the options do
      if (task().args[0] === 'patient') task().retry({ countdown: 0, maxRetries: 4 });
      throw new Temporary('x');
    };
    await workers.worker(app, { fail: [fail, options] }).start();
    for (const who of ['patient', 'ordinary', 'ordinary']) {
      await (await app.sendTask('fail', [who])).get({ timeout: 20, propagate: false });
    }
    expect([...runsOf.values()]).toEqual([5, 3, 3]);
    expect(options.retryKwargs).toEqual({ countdown: 0, maxRetries: 2 });
  });
});

function omit(record: object | undefined, names: string[]): object {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([name]) => !names.includes(name)));
}
