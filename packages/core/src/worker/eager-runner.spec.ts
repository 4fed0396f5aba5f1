import { CeleryApp } from '../app/celery-app.js';
import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import { AsyncResult } from '../app/async-result.js';
import { EagerResult } from '../app/eager-result.js';
import { currentTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import { TaskRegistry } from '../app/task-registry.js';
import type { TaskHandler } from '../app/task-registry.js';
import type { TaskOptions } from '../app/task-options.js';
import { silentLogger } from '../contracts/logger.js';
import { NotRegistered } from '../errors/config-errors.js';
import { EncodeError } from '../errors/protocol-errors.js';
import { Ignore, MaxRetriesExceededError, Reject } from '../errors/task-errors.js';
import { memoryBroker } from '../memory/memory-broker.js';
import { memoryResultBackend } from '../memory/memory-result-backend.js';
import { parseSignature } from '../protocol/signature-json.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { FakeClock } from '../testing/fake-clock.js';
import { EagerRunner } from './eager-runner.js';

interface Declared {
  handler: TaskHandler;
  options?: TaskOptions;
}

const open: CeleryApp[] = [];
afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

function makeApp(tasks: Record<string, TaskHandler | Declared>, options: CeleryOptions = {}) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const clock = new FakeClock('2026-11-21T10:00:00Z');
  const registry = new TaskRegistry();
  for (const [name, task] of Object.entries(tasks)) {
    const { handler, options: declared = {} } = typeof task === 'function' ? { handler: task } : task;
    registry.register({ name, handler, options: declared, source: name });
  }
  const config = compileConfig(options);
  const deps = adapterDeps(options, { clock });
  const app = new CeleryApp({
    config,
    clock,
    broker: memoryBroker('memory://eager-runner')(deps),
    backend: options.resultBackend ? memoryResultBackend('memory://eager-runner')(deps) : undefined,
    logger: { ...silentLogger, warn: say, error: say },
    eager: (made) => new EagerRunner(made, registry),
  });
  open.push(app);
  /** As a caller sends a task that it knows. */
  const delay = (name: string, ...args: unknown[]) => app.sendTask(name, args, {}, registry.get(name).options);
  return { app, delay, lines, clock };
}

const signature = (task: string, options: Record<string, unknown> = {}) =>
  parseSignature({ task, args: [], kwargs: {}, options, subtask_type: null, immutable: false });

function task(): TaskContext {
  const running = currentTask();
  if (!running) throw new Error('There is no task here.');
  return running;
}

const add: TaskHandler = ([x, y]) => Number(x) + Number(y);

describe('apply()', () => {
  it('runs the task at the call and gives a result that answers like any other', async () => {
    const { app } = makeApp({ add });
    const result = await app.apply('add', [2, 3], { taskId: 'one' });
    expect(result).toBeInstanceOf(AsyncResult);
    expect(result).toBeInstanceOf(EagerResult);
    expect(result.id).toBe('one');
    expect(await result.get()).toBe(5);
    expect(await result.result()).toBe(5);
    expect(await result.state()).toBe('SUCCESS');
    expect([await result.ready(), await result.successful(), await result.failed()]).toEqual([true, true, false]);
    expect(await result.traceback()).toBeNull();
    expect(await result.dateDone()).toEqual(new Date('2026-11-21T10:00:00Z'));
  });

  it('needs neither broker nor result backend, and can be forgotten and revoked in vain', async () => {
    const { app } = makeApp({ add });
    const result = await app.apply('add', [2, 3]);
    await result.forget();
    await result.revoke();
    expect(await result.get()).toBe(5);
    expect(app.broker.status.state).toBe('idle');
  });

  it('gives the handler what a worker would get, and the caller what a result backend would', async () => {
    class Money {
      constructor(readonly cents: number) {}
    }
    const seen: unknown[] = [];
    const { app } = makeApp({
      pay: ([money]) => {
        seen.push(money);
        return new Money(7);
      },
    });
    const given = new Money(5);
    const result = await app.apply('pay', [given], { kwargs: { note: undefined } });
    expect(seen[0]).toEqual({ cents: 5 });
    expect(seen[0]).not.toBeInstanceOf(Money);
    expect(await result.get()).not.toBeInstanceOf(Money);
  });

  it('refuses arguments that no message could carry', async () => {
    const { app } = makeApp({ add });
    await expect(app.apply('add', [() => 1])).rejects.toThrow(EncodeError);
  });

  it('fails the task for a value that no result could carry', async () => {
    const { app } = makeApp({ add: () => () => 1 });
    expect(await (await app.apply('add')).state()).toBe('FAILURE');
  });

  it('says which task this process has no handler for', async () => {
    const { app } = makeApp({});
    const applied = app.apply('reports.send');
    await expect(applied).rejects.toThrow(NotRegistered);
    await expect(applied).rejects.toThrow("'reports.send' cannot run eagerly");
  });

  it('waits for no time: neither countdown nor expiry nor a time limit', async () => {
    const { app, clock } = makeApp({
      when: { handler: () => [task().eta, task().expires, task().timeLimits], options: { timeLimit: 1 } },
    });
    const result = await app.apply('when', [], { countdown: 3600, expires: -1, timeLimit: 5 });
    expect(await result.get()).toEqual([null, null, { soft: null, hard: null }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shows the task that it runs eagerly', async () => {
    const { app } = makeApp({ who: () => [task().isEager, task().hostname, task().retries, task().headers] });
    const result = await app.apply('who', [], { headers: { tenant: 'a' } });
    expect(await result.get()).toEqual([true, null, 0, { tenant: 'a' }]);
  });

  it('keeps the very error, which get() throws', async () => {
    const error = new TypeError('no');
    const { app, lines } = makeApp({ fail: () => Promise.reject(error) });
    const result = await app.apply('fail', []);
    await expect(result.get()).rejects.toBe(error);
    expect(await result.get({ propagate: false })).toBe(error);
    expect(await result.state()).toBe('FAILURE');
    expect(await result.traceback()).toContain('TypeError: no');
    expect(lines).toEqual([expect.stringContaining('fail[')]);
  });

  it('throws the very error with `throw`, or when taskEagerPropagates is on', async () => {
    const error = new TypeError('no');
    const tasks = { fail: () => Promise.reject(error) };
    await expect(makeApp(tasks).app.apply('fail', [], { throw: true })).rejects.toBe(error);
    const { app } = makeApp(tasks, { taskEagerPropagates: true });
    await expect(app.apply('fail')).rejects.toBe(error);
    expect(await (await app.apply('fail', [], { throw: false })).failed()).toBe(true);
  });

  it('ends ignored and rejected tasks in those states', async () => {
    const { app } = makeApp({
      ignore: () => Promise.reject(new Ignore()),
      reject: () => Promise.reject(new Reject('no', true)),
    });
    const ignored = await app.apply('ignore', [], { throw: true });
    expect([await ignored.state(), await ignored.get(), await ignored.ready()]).toEqual(['IGNORED', null, true]);
    expect(await (await app.apply('reject')).state()).toBe('REJECTED');
  });

  it('says what is missing where tasks cannot be run', async () => {
    const { app } = makeApp({});
    const bare = new CeleryApp({ config: app.config, broker: app.broker, backend: undefined });
    await expect(bare.apply('add')).rejects.toThrow('EagerRunner');
  });
});

describe('retries of an eager task', () => {
  it('follow at once, with the same id, until it succeeds', async () => {
    const runs: [string, number][] = [];
    const flaky = () => {
      runs.push([task().id, task().retries]);
      if (task().retries < 2) task().retry({ countdown: 3600 });
      return 'done';
    };
    const { app } = makeApp({ flaky });
    const result = await app.apply('flaky', [], { taskId: 'x' });
    expect(runs).toEqual([
      ['x', 0],
      ['x', 1],
      ['x', 2],
    ]);
    expect(await result.get()).toBe('done');
  });

  it('end with maxRetries', async () => {
    const { app } = makeApp({ always: { handler: () => task().retry(), options: { maxRetries: 2 } } });
    await expect(app.apply('always', [], { throw: true })).rejects.toThrow(MaxRetriesExceededError);
  });

  it('are made for errors of autoretryFor, the last of which stands', async () => {
    let runs = 0;
    const handler = () => Promise.reject(new RangeError(`run ${++runs}`));
    const { app } = makeApp({ auto: { handler, options: { autoretryFor: [RangeError], maxRetries: 1 } } });
    await expect(app.apply('auto', [], { throw: true })).rejects.toThrow('run 2');
  });

  it('may take other arguments', async () => {
    const handler: TaskHandler = ([x]) => (task().retries === 0 ? task().retry({ args: [Number(x) + 1] }) : x);
    expect(await (await makeApp({ more: handler }).app.apply('more', [1])).get()).toBe(2);
  });
});

describe('what follows an eager task', () => {
  it('is its callbacks and the rest of its chain, each with the value and the ids of its parent', async () => {
    const seen: unknown[] = [];
    const step: TaskHandler = ([value]) => {
      seen.push([task().name, value, task().parentId, task().rootId]);
      return Number(value) + 1;
    };
    const { app } = makeApp({ add, callback: step, second: step, third: step });
    const chain = [signature('third', { task_id: 'c' }), signature('second', { task_id: 'b' })];
    const options = { taskId: 'a', link: signature('callback') };
    const result = await app.applyCall({ name: 'add', args: [1, 2], options, embed: { chain } });
    expect(seen).toEqual([
      ['callback', 3, 'a', 'a'],
      ['second', 3, 'a', 'a'],
      ['third', 4, 'b', 'a'],
    ]);
    expect(await result.get()).toBe(3);
    expect((await result.children()).map(({ id }) => id)).toEqual([expect.any(String), 'b']);
  });

  it('is nothing but the errbacks when it fails', async () => {
    const seen: unknown[] = [];
    const { app } = makeApp({
      fail: () => Promise.reject(new Error('no')),
      errback: ([id]) => void seen.push(id),
      next: () => void seen.push('next'),
    });
    const options = { taskId: 'a', linkError: signature('errback') };
    await app.applyCall({ name: 'fail', args: [], options, embed: { chain: [signature('next')] } });
    expect(seen).toEqual(['a']);
  });

  it('makes a failure known to whoever wants it thrown, and is no failure of the task', async () => {
    const error = new Error('in the callback');
    const tasks = { add, fail: () => Promise.reject(error) };
    const options = { link: signature('fail') };
    const result = await makeApp(tasks).app.apply('add', [1, 2], options);
    expect(await result.get()).toBe(3);
    expect(result.errors).toEqual([error]);
    await expect(makeApp(tasks).app.apply('add', [1, 2], { ...options, throw: true })).rejects.toBe(error);
  });

  it('does not come when the task is ignored', async () => {
    const seen: unknown[] = [];
    const { app } = makeApp({ ignore: () => Promise.reject(new Ignore()), next: () => void seen.push('next') });
    await app.apply('ignore', [], { link: signature('next') });
    expect(seen).toEqual([]);
  });

  it('is sent when it is not of this process', async () => {
    const { app } = makeApp({ add });
    await app.apply('add', [1, 2], { link: signature('proj.tasks.python') });
    expect(await app.broker.admin?.depth('celery')).toMatchObject({ messages: 1 });
  });
});

describe('hooks and signals of an eager task', () => {
  it('are those of a worker, in its order', async () => {
    const told: string[] = [];
    const hook = (name: string) => () => void told.push(name);
    const options: TaskOptions = {
      beforeStart: hook('beforeStart'),
      onSuccess: hook('onSuccess'),
      onRetry: hook('onRetry'),
      onFailure: hook('onFailure'),
      afterReturn: (state) => void told.push(`afterReturn:${state}`),
    };
    const handler = () => (task().retries === 0 ? task().retry() : 1);
    const { app } = makeApp({ flaky: { handler, options } });
    const signals = [
      'task_prerun',
      'task_postrun',
      'task_success',
      'task_failure',
      'task_retry',
      'before_task_publish',
    ] as const;
    for (const name of signals) app.signals.connect(name, () => void told.push(name));
    await app.apply('flaky');
    expect(told.join(' ').split(/ (?=task_prerun)/)).toEqual([
      'task_prerun beforeStart onRetry task_retry task_postrun',
      'task_prerun beforeStart onSuccess task_success afterReturn:SUCCESS task_postrun',
    ]);
  });
});

describe('results of eager tasks', () => {
  const progress: TaskHandler = async () => {
    await task().progress(1, 2);
    return 1;
  };

  it('are not stored, nor are states of their own', async () => {
    const { app } = makeApp({ progress }, { resultBackend: 'memory://' });
    const { id } = await app.apply('progress');
    expect(await app.asyncResult(id).state()).toBe('PENDING');
  });

  it('are stored with taskStoreEagerResult, and never as STARTED', async () => {
    const states: string[] = [];
    const handler: TaskHandler = async () => {
      states.push(await app.asyncResult(task().id).state());
      await task().progress(1, 2);
      states.push(await app.asyncResult(task().id).state());
    };
    const options = { resultBackend: 'memory://', taskStoreEagerResult: true, taskTrackStarted: true };
    const { app } = makeApp({ progress: handler, fail: () => Promise.reject(new Error('no')) }, options);
    const { id } = await app.apply('progress');
    expect([...states, await app.asyncResult(id).state()]).toEqual(['PENDING', 'PROGRESS', 'SUCCESS']);
    expect(await app.asyncResult((await app.apply('fail')).id).state()).toBe('FAILURE');
  });

  it('are stored for a task with storeEagerResult, unless results are ignored', async () => {
    const { app } = makeApp(
      { add: { handler: add, options: { storeEagerResult: true } } },
      { resultBackend: 'memory://' },
    );
    const kept = await app.apply('add', [1, 2]);
    const ignored = await app.apply('add', [1, 2], { ignoreResult: true });
    expect(await app.asyncResult(kept.id).get()).toBe(3);
    expect(await app.asyncResult(ignored.id).state()).toBe('PENDING');
    expect(await ignored.get()).toBe(3);
  });
});

describe('taskAlwaysEager', () => {
  it('runs what would be sent, and what that sends', async () => {
    const seen: unknown[] = [];
    const inner: TaskHandler = () => void seen.push([task().parentId, task().rootId, task().isEager]);
    const outer: TaskHandler = async () => void (await delay('inner'));
    const { app, delay } = makeApp({ inner, outer }, { taskAlwaysEager: true });
    const result = await delay('outer');
    expect(seen).toEqual([[result.id, result.id, true]]);
    expect(await result.children()).toHaveLength(1);
    expect(app.broker.status.state).toBe('idle');
  });

  it('still sends what is sent by its name alone, with a warning', async () => {
    const { app, lines } = makeApp({ add }, { taskAlwaysEager: true });
    await app.sendTask('proj.tasks.add', [1, 2]);
    expect(await app.broker.admin?.depth('celery')).toMatchObject({ messages: 1 });
    expect(lines).toEqual([expect.stringContaining('proj.tasks.add')]);
  });

  it('throws what the task throws when taskEagerPropagates is on', async () => {
    const error = new Error('no');
    const { delay } = makeApp(
      { fail: () => Promise.reject(error) },
      { taskAlwaysEager: true, taskEagerPropagates: true },
    );
    await expect(delay('fail')).rejects.toBe(error);
  });
});
