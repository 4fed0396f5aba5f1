import { FakeClock } from '../testing/fake-clock.js';
import { RateLimiter } from './rate-limiter.js';
import type { Request } from './request.js';
import type { RunnableTask } from './runnable-task.js';

const taskOf = (rateLimit: RunnableTask['rateLimit']) => ({ rateLimit }) as RunnableTask;

function setUp() {
  const clock = new FakeClock();
  const started: string[] = [];
  const discarded = new Set<string>();
  const start = ({ id }: Request) => {
    if (discarded.has(id)) return false;
    started.push(id);
    return true;
  };
  const limiter = new RateLimiter({ clock, start });
  const enter = (task: RunnableTask, ...ids: string[]) => {
    for (const id of ids) limiter.enter({ id, task } as Request);
  };
  /** What started in the meantime. */
  const during = async (ms: number) => {
    started.length = 0;
    await clock.advance(ms);
    return [...started];
  };
  return { clock, limiter, started, discarded, enter, during };
}

describe('RateLimiter', () => {
  it('starts the first at once, and the others in their order, none sooner than the rate allows', async () => {
    const { started, enter, during } = setUp();
    enter(taskOf('2/s'), 'a', 'b', 'c', 'd');
    expect(started).toEqual(['a']);
    expect(await during(499)).toEqual([]);
    expect(await during(1)).toEqual(['b']);
    expect(await during(499)).toEqual([]);
    expect(await during(501)).toEqual(['c', 'd']);
  });

  it.each([
    ['10/m', 6000],
    ['10/h', 360_000],
    [4, 250],
    ['0.5/s', 2000],
  ])('at %s lets %s ms pass from one to the next', async (rate, pause) => {
    const { enter, during } = setUp();
    enter(taskOf(rate), 'a', 'b', 'c');
    expect(await during(pause - 1)).toEqual([]);
    expect(await during(1)).toEqual(['b']);
    expect(await during(pause)).toEqual(['c']);
  });

  it('saves up one token and no more', async () => {
    const { started, clock, enter, during } = setUp();
    const task = taskOf('1/s');
    await clock.advance(60_000);
    enter(task, 'a');
    await clock.advance(60_000);
    enter(task, 'b', 'c');
    expect(started).toEqual(['a', 'b']);
    expect(await during(1000)).toEqual(['c']);
  });

  it('limits each type of task by itself', async () => {
    const { started, enter, during } = setUp();
    enter(taskOf('1/h'), 'slow 1', 'slow 2');
    enter(taskOf('1/s'), 'quick 1', 'quick 2');
    expect(started).toEqual(['slow 1', 'quick 1']);
    expect(await during(1000)).toEqual(['quick 2']);
  });

  it('takes no token for what is discarded', async () => {
    const { started, discarded, enter, during } = setUp();
    const task = taskOf('1/s');
    discarded.add('a').add('c');
    enter(task, 'a', 'b', 'c', 'd', 'e');
    expect(started).toEqual(['b']);
    expect(await during(1000)).toEqual(['d']);
    expect(await during(1000)).toEqual(['e']);
  });

  it('holds a new rate for those that wait as well', async () => {
    const { limiter, enter, during } = setUp();
    const task = taskOf('1/h');
    enter(task, 'a', 'b', 'c', 'd');
    expect(await during(5000)).toEqual([]);
    task.rateLimit = '10/s';
    limiter.changed(task);
    expect(await during(300)).toEqual(['b', 'c', 'd']);
  });

  it.each([0, null, '', '0/s'])('starts all that wait when the rate becomes %j', async (rate) => {
    const { limiter, started, enter, clock } = setUp();
    const task = taskOf('1/h');
    enter(task, 'a', 'b', 'c');
    task.rateLimit = rate;
    limiter.changed(task);
    enter(task, 'd');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives back all that wait, and leaves no timer', async () => {
    const { limiter, clock, enter, during } = setUp();
    enter(taskOf('1/s'), 'a', 'b', 'c');
    enter(taskOf('1/m'), 'd', 'e');
    expect(limiter.waiting.map(({ id }) => id)).toEqual(['b', 'c', 'e']);
    expect(limiter.takeAll().map(({ id }) => id)).toEqual(['b', 'c', 'e']);
    expect(limiter.waiting).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    expect(await during(120_000)).toEqual([]);
  });
});
