import { compileConfig } from '../app/compiled-config.js';
import { TaskQueues } from '../app/topology.js';
import { selectQueues } from './select-queues.js';
import type { WorkerOptions } from './worker-options.js';

function selected(options: WorkerOptions, direct?: string) {
  const known = new TaskQueues(compileConfig({ taskQueues: ['a', 'b', { name: 'news', broadcast: true }] }));
  return selectQueues(known, options, direct).map(({ name }) => name.replace(/^bcast\..+/, 'bcast'));
}

describe('The queues of a worker', () => {
  it('are all of taskQueues', () => {
    expect(selected({})).toEqual(['a', 'b', 'bcast']);
  });

  it('are those of -Q, each once, and broadcast queues by the name that callers know', () => {
    expect(selected({ queues: ['news', 'a', 'other', 'a'] })).toEqual(['bcast', 'a', 'other']);
  });

  it('are not those of -X', () => {
    expect(selected({ excludeQueues: ['b', 'news'] })).toEqual(['a']);
    expect(selected({ queues: ['a', 'c'], excludeQueues: ['a'] })).toEqual(['c']);
  });

  it('may not be none', () => {
    expect(() => selected({ queues: ['a'], excludeQueues: ['a'] })).toThrow('No queue is left to consume');
  });

  it("are with the worker's own where there is one, whatever -Q and -X say", () => {
    expect(selected({ queues: ['a'] }, 'w1@host')).toEqual(['a', 'w1@host.dq2']);
    expect(selected({ queues: ['a'], excludeQueues: ['a'] }, 'w1@host')).toEqual(['w1@host.dq2']);
  });
});
