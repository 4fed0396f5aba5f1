import type { Pool } from '../contracts/pool.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Autoscaler, parseAutoscale } from './autoscaler.js';
import { WorkerLog } from './worker-log.js';

function setUp(bounds = { max: 5, min: 2 }) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const pool = { size: bounds.min, resize: (size: number) => void (pool.size = size) };
  const state = { demand: 0 };
  const autoscaler = new Autoscaler({
    bounds,
    pool: pool as unknown as Pool,
    clock,
    log: new WorkerLog({ debug: say, log: say, warn: say, error: say }, 'INFO'),
    demand: () => state.demand,
  });
  return { clock, lines, pool, state, autoscaler };
}

describe('Autoscaler', () => {
  it('grows at once to what is to be done, up to the maximum', () => {
    const { autoscaler, pool, state, lines } = setUp();
    state.demand = 3;
    autoscaler.look();
    expect(pool.size).toBe(3);
    state.demand = 100;
    autoscaler.look();
    expect(pool.size).toBe(5);
    expect(lines).toEqual(['Scaling up 1 processes.', 'Scaling up 2 processes.']);
  });

  it('shrinks when the last growth is more than 30 s ago, down to the minimum', async () => {
    const { autoscaler, pool, state, clock, lines } = setUp();
    state.demand = 5;
    autoscaler.start();
    autoscaler.look();
    state.demand = 0;
    await clock.advance(30_000);
    expect(pool.size).toBe(5);
    await clock.advance(1000);
    expect(pool.size).toBe(2);
    expect(lines.at(-1)).toBe('Scaling down 3 processes.');
    autoscaler.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not start when it was stopped before', () => {
    const { autoscaler, clock } = setUp();
    autoscaler.stop();
    autoscaler.start();
    expect(clock.pendingTimers).toBe(0);
  });

  it('reads max,min as Celery does, and says what is wrong with other words', () => {
    expect(parseAutoscale('10,3')).toEqual({ max: 10, min: 3 });
    expect(parseAutoscale('10')).toEqual({ max: 10, min: 1 });
    expect(parseAutoscale('10,0')).toEqual({ max: 10, min: 1 });
    expect(parseAutoscale(undefined)).toBeUndefined();
    for (const text of ['3,10', 'many', '10,3,1', '', '-1'])
      expect(() => parseAutoscale(text)).toThrow(`--autoscale '${text}': give the most and the least`);
  });
});
