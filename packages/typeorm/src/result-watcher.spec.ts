import { silentLogger } from '@nestjs-celery/core';
import type { TaskMeta } from '@nestjs-celery/core';
import { FakeClock, waitUntil } from '@nestjs-celery/core/testing';
import { ResultWatcher } from './result-watcher.js';

const done = (taskId: string): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '1' },
  traceback: null,
  children: [],
});

/** A watcher whose reads are answered by the test. */
function watch() {
  const reads: { ids: readonly string[]; answer: (found: TaskMeta[]) => void }[] = [];
  const findReady = (ids: readonly string[]) => new Promise<TaskMeta[]>((answer) => void reads.push({ ids, answer }));
  const watcher = new ResultWatcher({ findReady, clock: new FakeClock(), logger: silentLogger });
  const found: string[] = [];
  const wait = async (...ids: string[]) => {
    for await (const { taskId } of watcher.waitFor(ids, new AbortController().signal)) found.push(taskId);
  };
  const nthRead = async (n: number) => {
    await waitUntil(`read ${n}`, () => reads.length >= n);
    return reads[n - 1] as (typeof reads)[number];
  };
  return { watcher, wait, nthRead, reads, found };
}

describe('ResultWatcher', () => {
  it('reads again what it was told of during a read that did not find it', async () => {
    const { watcher, wait, nthRead, found } = watch();
    const waiting = wait('a');
    const first = await nthRead(1);
    watcher.look(['a']);
    first.answer([]);
    (await nthRead(2)).answer([done('a')]);
    await waiting;
    expect(found).toEqual(['a']);
  });

  it('does not read again what it was told of during the read that found it', async () => {
    const { watcher, wait, nthRead, reads } = watch();
    const [one, other] = [wait('a'), wait('b')];
    const first = await nthRead(1);
    watcher.look(['a', 'b']);
    first.answer([done('a')]);
    const second = await nthRead(2);
    expect(second.ids).toEqual(['b']);
    watcher.look(['b']);
    second.answer([done('b')]);
    await Promise.all([one, other]);
    expect(reads).toHaveLength(2);
  });
});
