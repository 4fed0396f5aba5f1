import type { LocalTaskRun, Outcome, PoolJob, TaskRunner } from '../../contracts/pool.js';
import { systemClock } from '../../time/system-clock.js';
import { AsyncPool } from './async-pool.js';

const IGNORE: Outcome = { kind: 'ignore' };
const later = (seconds: number) => new Date(Date.now() + seconds * 1000);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const job = (id: number) => ({ id }) as unknown as PoolJob;

/** Runs that do what the function says. */
function runner(start: (given: PoolJob) => Promise<Outcome>, ended = Promise.resolve()): TaskRunner {
  const prepare = (given: PoolJob): LocalTaskRun => ({
    label: 'a job',
    conclude: undefined,
    ended,
    start: () => start(given),
    cancel: () => {},
  });
  return { prepare };
}

/** A pool whose jobs end when the test says so. */
function makePool(size: number) {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  const trace = (given: PoolJob) => {
    const { id } = given as unknown as { id: number };
    started.push(id);
    return new Promise<Outcome>((resolve) => ends.set(id, () => resolve(IGNORE)));
  };
  const pool = new AsyncPool('async', size, runner(trace), systemClock);
  const settled: number[] = [];
  const run = (id: number, accept = true) =>
    pool.run(job(id), {
      onAccepted: () => accept,
      settle: async () => void settled.push(id),
    });
  const finish = async (id: number) => {
    ends.get(id)?.();
    await turn();
  };
  return { pool, run, finish, started, settled };
}

describe('AsyncPool', () => {
  it('runs as many jobs at a time as it has slots, the others in order of arrival', async () => {
    const { pool, run, finish, started, settled } = makePool(2);
    for (const id of [1, 2, 3, 4]) run(id);
    await turn();
    expect(started).toEqual([1, 2]);
    await finish(2);
    expect(started).toEqual([1, 2, 3]);
    expect(settled).toEqual([2]);
    expect(pool.active).toBe(2);
  });

  it('gives the slot away only when the outcome is settled', async () => {
    let settle = () => {};
    const trace = async () => IGNORE;
    const pool = new AsyncPool('async', 1, runner(trace), systemClock);
    const accepted: number[] = [];
    const hooks = (id: number) => ({
      onAccepted: () => accepted.push(id) > 0,
      settle: () => new Promise<void>((resolve) => (settle = resolve)),
    });
    pool.run(job(1), hooks(1));
    pool.run(job(2), hooks(2));
    await turn();
    expect(accepted).toEqual([1]);
    settle();
    await turn();
    expect(accepted).toEqual([1, 2]);
  });

  it('does not run a job that is not accepted, and goes on to the next', async () => {
    const { run, started } = makePool(1);
    run(1, false);
    run(2);
    await turn();
    expect(started).toEqual([2]);
  });

  it('waits at a stop for what runs, and forgets what has not started', async () => {
    const { pool, run, finish, started } = makePool(1);
    run(1);
    run(2);
    await turn();
    const stops = [pool.stop(later(60)), pool.stop(later(60))];
    await finish(1);
    expect(await Promise.all(stops)).toEqual([0, 0]);
    expect(started).toEqual([1]);
  });

  it('says at the deadline how many jobs still run', async () => {
    const { pool, run } = makePool(2);
    run(1);
    expect(await pool.stop(later(0.01))).toBe(1);
  });

  it('gives away the slot of a handler that was given up, and counts it until it has come to an end', async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const givenUp = async (): Promise<Outcome> => ({ kind: 'timeout', limit: 1 });
    const pool = new AsyncPool('async', 1, runner(givenUp, ended), systemClock);
    for (const id of [1, 2]) pool.run(job(id), { onAccepted: () => true, settle: async () => {} });
    await turn();
    expect([pool.active, pool.abandoned]).toEqual([0, 2]);
    end();
    await turn();
    expect(pool.abandoned).toBe(0);
  });

  it('keeps the order of very many waiting jobs', async () => {
    const started: number[] = [];
    const trace = async (given: PoolJob) => {
      started.push((given as unknown as { id: number }).id);
      return IGNORE;
    };
    const pool = new AsyncPool('async', 1, runner(trace), systemClock);
    for (let id = 0; id < 5000; id++) pool.run(job(id), { onAccepted: () => true, settle: async () => {} });
    await pool.stop(later(0)); // nothing more may start
    const before = started.length;
    expect(started).toEqual(Array.from({ length: before }, (_, id) => id));
    expect(before).toBeLessThan(5000);
  });
});
