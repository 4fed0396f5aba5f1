import { FakeClock } from '../testing/fake-clock.js';
import { byDeadline } from './by-deadline.js';

const late = () => new Error('too late');

async function afterTurns<T>(turns: number, value: T): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  return value;
}

describe('byDeadline', () => {
  it('sets no timer for what is there without I/O, through a chain of promises', async () => {
    const clock = new FakeClock();
    let timers = 0;
    const counting = { ...clock, monotonic: () => 0, sleep: async () => void timers++ } as unknown as FakeClock;
    expect(await byDeadline(afterTurns(10, 'there'), { clock: counting, at: 1000, late })).toBe('there');
    await expect(byDeadline(Promise.reject(new Error('no')), { clock: counting, at: 1000, late })).rejects.toThrow(
      'no',
    );
    expect(timers).toBe(0);
  });

  it('gives the outcome of work that ends in time, and leaves no timer', async () => {
    const clock = new FakeClock();
    const work = clock.sleep(500).then(() => 'done');
    const outcome = byDeadline(work, { clock, at: 1000, late });
    await clock.advance(500);
    expect(await outcome).toBe('done');
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects at the deadline, not before, and does not mind what becomes of the work', async () => {
    const clock = new FakeClock();
    const work = clock.sleep(2000).then(() => {
      throw new Error('later still');
    });
    let rejected = false;
    const outcome = expect(byDeadline(work, { clock, at: 1000, late })).rejects.toThrow('too late');
    void outcome.then(() => (rejected = true));
    await clock.advance(999);
    expect(rejected).toBe(false);
    await clock.advance(1);
    await outcome;
    await clock.advance(2000);
  });

  it('rejects on the next turn when the deadline has passed already', async () => {
    const clock = new FakeClock();
    await clock.advance(5);
    await expect(byDeadline(new Promise(() => {}), { clock, at: 1, late })).rejects.toThrow('too late');
  });
});
