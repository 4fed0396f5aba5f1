import type { StandardSchema } from '../app/task-options.js';
import { MemoryWorkers } from '../testing/memory-worker.js';

const workers = new MemoryWorkers('task-schema');

/** A list of numbers, as text or not. */
const numbers: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'spec',
    validate: (args) => {
      const read = (args as unknown[]).map(Number);
      const wrong = read.findIndex(Number.isNaN);
      return wrong < 0 ? { value: read } : { issues: [{ message: 'must be a number', path: [wrong] }] };
    },
  },
};

describe('the schema of a task whose handler knows nothing of it', () => {
  it('makes the positional arguments that the handler gets, and leaves the keywords alone', async () => {
    const app = workers.app();
    await workers.worker(app, { add: [(args, kwargs) => [args, kwargs], { schema: numbers }] }).start();
    const result = await app.sendTask('add', ['1', 2], { kwargs: { by: '3' } });
    expect(await result.get({ timeout: 5 })).toEqual([[1, 2], { by: '3' }]);
  });

  it('ends the task as FAILURE, and no retry mends it', async () => {
    const app = workers.app();
    let runs = 0;
    const schema = { autoretryFor: [Error], defaultRetryDelay: 0, schema: numbers };
    await workers.worker(app, { add: [() => (runs += 1), schema] }).start();
    const result = await app.sendTask('add', [1, 'x']);
    await expect(result.get({ timeout: 5 })).rejects.toThrow('add(): args[1]: must be a number');
    expect(runs).toBe(0);
  });

  it('may come from taskAnnotations', async () => {
    const app = workers.app({ taskAnnotations: { add: { schema: numbers } } });
    await workers.worker(app, { add: (args) => args }).start();
    expect(await (await app.sendTask('add', ['4'])).get({ timeout: 5 })).toEqual([4]);
  });

  it('checks a callback in the worker that runs it, not in the one that sends it', async () => {
    const app = workers.app();
    const tasks = { word: () => 'x', add: [() => 1, { schema: numbers }] } as const;
    await workers.worker(app, tasks).start();
    const link = {
      task: 'add',
      args: [],
      kwargs: {},
      options: { task_id: 'the-callback' },
      subtask_type: null,
      immutable: false,
    };
    const result = await app.sendTask('word', [], { link });
    expect(await result.get({ timeout: 5 })).toBe('x');
    await expect(app.asyncResult('the-callback').get({ timeout: 5 })).rejects.toThrow('args[0]: must be a number');
  });
});
