import { setTimeout as pause } from 'node:timers/promises';
import { currentTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('time-limits');
const task = () => currentTask() as TaskContext;

/** Ends when the task's signal aborts, as `fetch` and the like do. */
const obedient = () => pause(60_000, 'too late', { signal: task().signal });

describe('The soft time limit', () => {
  it('aborts the signal of the task, and is the error of a task that goes with it', async () => {
    const app = workers.app();
    await workers.worker(app, { obedient: [obedient, { softTimeLimit: 0.02 }] }).start();
    const result = await app.sendTask('obedient');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'SOFT_TIME_LIMIT_EXCEEDED' });
    expect(workers.lines).toContain(`Soft time limit (0.02s) exceeded for obedient[${result.id}]`);
  });

  it('lets a task clean up and return something', async () => {
    const app = workers.app();
    const tidy = () => obedient().catch(() => String((task().signal.reason as Error).name));
    await workers.worker(app, { tidy: [tidy, { softTimeLimit: 0.02 }] }).start();
    expect(await (await app.sendTask('tidy')).get({ timeout: 5 })).toBe('SoftTimeLimitExceeded');
  });
});

describe('The hard time limit', () => {
  it('ends a task that does not listen, frees its slot, and keeps its end when the handler comes to one', async () => {
    const app = workers.app();
    let finish: (value: string) => void = () => {};
    const deaf = () => new Promise<string>((resolve) => (finish = resolve));
    const worker = workers.worker(app, { deaf: [deaf, { timeLimit: 0.02 }], add: () => 5 }, { concurrency: 1 });
    await worker.start();
    const result = await app.sendTask('deaf');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'TIME_LIMIT_EXCEEDED', limit: 0.02 });
    expect(await (await app.sendTask('add')).get({ timeout: 5 })).toBe(5);
    finish('after all');
    expect(await result.state()).toBe('FAILURE');
  });

  it('comes from the message, else from the task, else from the setting', async () => {
    const limitsOf = async (setting: number, option: number | undefined, call: number | undefined) => {
      const app = workers.app({ taskTimeLimit: setting, taskSoftTimeLimit: setting - 1 });
      const limits = () => [task().timeLimits.hard, task().timeLimits.soft];
      const options = option === undefined ? {} : { timeLimit: option, softTimeLimit: option - 1 };
      await workers.worker(app, { limits: [limits, options] }).start();
      const given = call === undefined ? {} : { timeLimit: call, softTimeLimit: call - 1 };
      return (await app.sendTask('limits', [], given)).get({ timeout: 5 });
    };
    expect(await limitsOf(300, undefined, undefined)).toEqual([300, 299]);
    expect(await limitsOf(300, 200, undefined)).toEqual([200, 199]);
    expect(await limitsOf(300, 200, 100)).toEqual([100, 99]);
  });

  it('leaves no timer behind', async () => {
    const clock = new FakeClock();
    const app = workers.app({}, { clock });
    const timers: number[] = [];
    const count = () => void timers.push(clock.pendingTimers);
    await workers.worker(app, { plain: count, limited: [count, { timeLimit: 60, softTimeLimit: 50 }] }).start();
    const idle = clock.pendingTimers;
    for (const name of ['plain', 'limited']) {
      const result = await app.sendTask(name);
      await waitUntil('it is done', async () => (await result.state()) === 'SUCCESS');
      await waitUntil('nothing is left of it', () => clock.pendingTimers === idle);
    }
    expect(timers).toEqual([idle, idle + 2]);
  });
});

describe('States of a task', () => {
  it('keeps what the task says of itself, and STARTED with its worker where that is tracked', async () => {
    const app = workers.app();
    let go: () => void = () => {};
    const report = async () => {
      await task().progress(3, 10, { step: 'pages' });
      await new Promise<void>((resolve) => (go = resolve));
      await task().updateState('UPLOADING', { to: 's3' });
      await new Promise<void>((resolve) => (go = resolve));
    };
    const worker = workers.worker(app, {
      report,
      quick: [() => new Promise<void>((end) => (go = end)), { trackStarted: true }],
    });
    await worker.start();
    const result = await app.sendTask('report');
    await waitUntil('progress is stored', async () => (await result.state()) === 'PROGRESS');
    expect(await result.result()).toEqual({ current: 3, total: 10, step: 'pages' });
    go();
    await waitUntil('the next state is stored', async () => (await result.state()) === 'UPLOADING');
    expect(await result.result()).toEqual({ to: 's3' });
    go();
    expect(await result.get({ timeout: 5 })).toBeNull();
    const tracked = await app.sendTask('quick');
    await waitUntil('STARTED is stored', async () => (await tracked.state()) === 'STARTED');
    expect(await tracked.result()).toEqual({ pid: process.pid, hostname: worker.hostname });
    go();
    await tracked.get({ timeout: 5 });
  });

  it('refuses a state that needs an error and is given none', async () => {
    const app = workers.app();
    await workers.worker(app, { odd: () => task().updateState('FAILURE', 'because') }).start();
    await expect((await app.sendTask('odd')).get({ timeout: 5 })).rejects.toThrow('give an Error');
  });

  it('stores nothing for a task whose result is ignored', async () => {
    const app = workers.app();
    const quiet = async () => {
      await task().updateState('UPLOADING');
      return 1;
    };
    await workers.worker(app, { quiet: [quiet, { ignoreResult: true, trackStarted: true }] }).start();
    const result = await app.sendTask('quiet', [], {}, { ignoreResult: true });
    await waitUntil('it is done', () => workers.lines.some((line) => line.includes('succeeded in')));
    expect(await result.state()).toBe('PENDING');
  });
});
