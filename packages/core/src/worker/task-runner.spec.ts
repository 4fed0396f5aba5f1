import type { RunnableTask } from './runnable-task.js';
import type { PoolJob } from '../contracts/pool.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { LocalTaskRunner } from './task-runner.js';

const workers = new MemoryWorkers('task-runner');

const job = {
  message: { headers: { id: '1', task: 'work' }, args: [], kwargs: {}, embed: {} },
  limits: { soft: null, hard: null },
} as unknown as PoolJob;

/** A runner that knows the task `work`, and how often its handler was called. */
function runner() {
  const calls = { count: 0 };
  const handler = () => {
    calls.count++;
    return new Promise(() => {});
  };
  const task = { definition: { name: 'work', handler }, options: {}, hooks: [] } as unknown as RunnableTask;
  const app = workers.app();
  return { calls, runner: new LocalTaskRunner(new Map([['work', task]]), { app, hostname: 'w@here' }) };
}

const CANCELLED = { kind: 'cancelled', reason: 'cancelled by Celery' } as const;

describe('LocalTaskRunner', () => {
  it('ends a run that is cancelled, and does not wait for its handler', async () => {
    const { runner: tasks, calls } = runner();
    const run = tasks.prepare(job);
    const outcome = run.start();
    run.cancel(CANCELLED);
    expect(await outcome).toEqual(CANCELLED);
    expect(calls.count).toBe(1);
  });

  it('does not begin a run that was cancelled before it', async () => {
    const { runner: tasks, calls } = runner();
    const run = tasks.prepare(job);
    run.cancel(CANCELLED);
    expect(await run.start()).toEqual(CANCELLED);
    expect(calls.count).toBe(0);
    await run.ended;
  });

  it('refuses a task that it does not know', () => {
    const { runner: tasks } = runner();
    const other = { ...job, message: { ...job.message, headers: { ...job.message.headers, task: 'other' } } };
    expect(() => tasks.prepare(other)).toThrow("No task is registered under the name 'other'.");
  });
});
