import { EventEmitter } from 'node:events';
import type { TaskContext } from '@nestjs-celery/core';
import { surviveTaskRejections } from './task-rejections.js';
import type { RejectionHost } from './task-rejections.js';

/** A process in which a promise has rejected, in a task or outside of one. */
function setUp({ inTask }: { inTask: boolean }) {
  const lines: string[] = [];
  const task = { logger: { error: (line: string) => lines.push(line) } } as unknown as TaskContext;
  const host = new EventEmitter();
  surviveTaskRejections(host as RejectionHost, () => (inTask ? task : undefined));
  return { lines, host, reject: (reason: unknown) => host.emit('unhandledRejection', reason) };
}

describe('surviveTaskRejections', () => {
  it('logs a rejection that belongs to a task, with its stack', () => {
    const { lines, reject } = setUp({ inTask: true });
    reject(new RangeError('left behind'));
    reject('bare');
    expect(lines[0]).toMatch(/nobody awaits, and that was rejected: RangeError: left behind\n\s+at /);
    expect(lines[1]).toMatch(/rejected: bare$/);
  });

  it('lets a rejection that belongs to no task end the process', () => {
    const { reject } = setUp({ inTask: false });
    expect(() => reject(new RangeError('out of order'))).toThrow('out of order');
  });

  it('leaves it to the application where that listens', () => {
    const { host, reject } = setUp({ inTask: false });
    const heard: unknown[] = [];
    host.on('unhandledRejection', (reason) => heard.push(reason));
    reject('mine');
    expect(heard).toEqual(['mine']);
  });
});
