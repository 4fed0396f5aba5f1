import { runInTask } from '../../app/task-context.js';
import type { TaskContext } from '../../app/task-context.js';
import type { Clock } from '../../contracts/clock.js';
import type { LocalTaskRun, Outcome } from '../../contracts/pool.js';
import { WorkerLog } from '../worker-log.js';
import { LoopWatch } from './loop-watch.js';

const THRESHOLD = 1000;

/** Time passes where the test says so, also in the middle of a handler; its one timer comes too late then. */
class StallingClock implements Clock {
  #time = 0;
  #timer: { due: number; run: () => void } | undefined;

  now(): Date {
    return new Date(this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  at(when: Date, run: () => void): () => void {
    this.#timer = { due: when.getTime(), run };
    return () => (this.#timer = undefined);
  }

  sleep(): Promise<void> {
    throw new Error('Nothing sleeps here.');
  }

  /** Nothing else happens meanwhile. */
  stall(ms: number): void {
    this.#time += ms;
    this.turn();
  }

  /** Time in which timers run. */
  pass(ms: number): void {
    const end = this.#time + ms;
    while (this.#timer && this.#timer.due <= end) {
      this.#time = Math.max(this.#time, this.#timer.due);
      this.turn();
    }
    this.#time = end;
  }

  /** The loop comes round to its timer, if that is due; not within a handler. */
  turn(): void {
    if (this.#timer && this.#timer.due <= this.#time && !busy) this.#timer.run();
  }
}

let busy = false;
let clock: StallingClock;
let watch: LoopWatch;
let lines: string[];

beforeEach(() => {
  lines = [];
  clock = new StallingClock();
  const say = (line: string) => void lines.push(line);
  watch = new LoopWatch(THRESHOLD, clock, new WorkerLog({ debug: say, log: say, warn: say, error: say }, 'INFO'));
  watch.start();
});

afterEach(() => watch.stop());

async function run(name: string, handler: () => unknown): Promise<void> {
  const start = async (): Promise<Outcome> => {
    await runInTask({ name, id: '1' } as TaskContext, handler);
    return { kind: 'ignore' };
  };
  const task = { label: `${name}[1]`, start, cancel() {}, conclude: undefined, ended: Promise.resolve() };
  await watch.call(task as LocalTaskRun);
  await turn();
  clock.turn();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function block(): void {
  busy = true;
  clock.stall(1200);
  busy = false;
}

const blocksLater = async () => {
  await turn();
  block();
};

const UNNAMED = /^The event loop was blocked for 1200 ms, by a task after an await/;
const NAMED = /^Task greedy\[1\] blocked the event loop for 1200 ms: no other task ran/;

describe('LoopWatch', () => {
  it('names a task that blocks the loop before its first await', async () => {
    await Promise.all([run('quick', turn), run('greedy', block), run('other', turn)]);
    expect(lines).toEqual([expect.stringMatching(NAMED)]);
  });

  it('warns of a block after an await, and names the task from the second time on', async () => {
    await run('greedy', blocksLater);
    expect(lines).toEqual([expect.stringMatching(UNNAMED)]);
    await Promise.all([run('quick', turn), run('greedy', blocksLater), run('other', turn)]);
    expect(lines.slice(1)).toEqual([expect.stringMatching(NAMED)]);
  });

  it('ends the exact search after a minute without a block', async () => {
    await run('greedy', blocksLater);
    clock.pass(61_000);
    await run('greedy', blocksLater);
    expect(lines).toEqual([expect.stringMatching(UNNAMED), expect.stringMatching(UNNAMED)]);
  });

  it('says nothing while timers run in time, and nothing after it was stopped', async () => {
    clock.pass(10_000);
    watch.stop();
    clock.stall(5000);
    expect(lines).toEqual([]);
  });
});
