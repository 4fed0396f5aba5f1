import { setImmediate as turn } from 'node:timers/promises';
import { currentTask } from '../app/task-context.js';
import type { TaskContext } from '../app/task-context.js';
import { MemoryWorkers } from '../testing/memory-worker.js';

const workers = new MemoryWorkers('running-task');
const task = () => currentTask() as TaskContext;

describe('The running task', () => {
  it('is found across every await, each task its own', async () => {
    const app = workers.app();
    const ids = async () => {
      const before = task().id;
      await turn();
      await Promise.all([turn(), turn()]);
      return [before, task().id];
    };
    await workers.worker(app, { ids }).start();
    const results = await Promise.all([app.sendTask('ids'), app.sendTask('ids')]);
    for (const result of results) expect(await result.get({ timeout: 5 })).toEqual([result.id, result.id]);
    expect(currentTask()).toBeUndefined();
  });

  it('has a logger whose lines begin with its name and id', async () => {
    const app = workers.app();
    await workers.worker(app, { talk: () => task().logger.log('half way') }).start();
    const result = await app.sendTask('talk');
    await result.get({ timeout: 5 });
    expect(workers.lines).toContain(`talk[${result.id}]: half way`);
  });

  it('knows its message', async () => {
    const app = workers.app();
    const look = () => {
      const { id, name, args, kwargs, headers, stamps, children, signal } = task();
      return [id, name, args, kwargs, headers, stamps, children, signal.aborted];
    };
    await workers.worker(app, { look }).start();
    const result = await app.sendTask('look', [1], { kwargs: { a: 2 }, headers: { tenant: 'x' } });
    const known = [result.id, 'look', [1], { a: 2 }, { tenant: 'x' }, {}, [], false];
    expect(await result.get({ timeout: 5 })).toEqual(known);
  });
});
