import type { TaskMeta } from '../protocol/result-meta.js';
import { ResultWaiters } from './result-waiters.js';

const result = { contentType: 'application/json', contentEncoding: 'utf-8', data: '1' };
const meta = (taskId: string): TaskMeta => ({ taskId, status: 'SUCCESS', result, traceback: null, children: [] });

const collect = async (waits: AsyncIterable<TaskMeta>): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { taskId } of waits) ids.push(taskId);
  return ids;
};
const never = new AbortController().signal;

it('gives what was delivered while the wait opened', async () => {
  const waiters = new ResultWaiters();
  const waits = waiters.waitFor(['a'], never, () => {
    waiters.deliver(meta('a'));
    return () => {};
  });
  expect(await collect(waits)).toEqual(['a']);
});

it('shows what is still missing, and forgets a wait with its end', async () => {
  const waiters = new ResultWaiters();
  const closed: string[] = [];
  let missing: ReadonlySet<string> = new Set();
  const waiting = collect(
    waiters.waitFor(['a', 'b'], never, (ids) => {
      missing = ids;
      return () => void closed.push('closed');
    }),
  );
  waiters.deliver(meta('a'));
  expect([...missing]).toEqual(['b']);
  expect(waiters.taskIds).toEqual(['b']);
  waiters.deliver(meta('unknown'));
  waiters.deliver(meta('b'));
  expect(await waiting).toEqual(['a', 'b']);
  expect(closed).toEqual(['closed']);
  expect(waiters.taskIds).toEqual([]);
});

it('ends with an error only the waits of the ids that it concerns', async () => {
  const waiters = new ResultWaiters();
  const [one, two] = ['a', 'b'].map((id) => collect(waiters.waitFor([id], never, () => () => {})));
  waiters.fail(new Error('unreadable'), ['a']);
  await expect(one).rejects.toThrow('unreadable');
  waiters.deliver(meta('b'));
  expect(await two).toEqual(['b']);
});
