import { FakeClock } from './fake-clock.js';

const START = new Date('2026-03-01T00:00:00Z');

describe('FakeClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new FakeClock(START);
    expect(clock.now()).toEqual(START);
    await clock.advance(1500);
    expect(clock.now()).toEqual(new Date('2026-03-01T00:00:01.500Z'));
    expect(clock.monotonic()).toBe(1500);
  });

  it('runs timers in order of their time, each at its own time', async () => {
    const clock = new FakeClock(START);
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.monotonic()]);
    clock.at(new Date(START.getTime() + 300), note('third'));
    clock.at(new Date(START.getTime() + 100), note('first'));
    clock.at(new Date(START.getTime() + 100), note('second'));
    await clock.advance(99);
    expect(ran).toEqual([]);
    await clock.advance(201);
    expect(ran).toEqual([
      ['first', 100],
      ['second', 100],
      ['third', 300],
    ]);
  });

  it('knows how long it is until the next timer', async () => {
    const clock = new FakeClock(START);
    expect(clock.untilNext).toBeUndefined();
    clock.at(new Date(START.getTime() + 300), () => {});
    const cancel = clock.at(new Date(START.getTime() + 100), () => {});
    expect(clock.untilNext).toBe(100);
    cancel();
    await clock.advance(50);
    expect(clock.untilNext).toBe(250);
  });

  it('runs what a timer sets off, promises and further timers, within the same advance', async () => {
    const clock = new FakeClock(START);
    const wakes: number[] = [];
    const loop = async () => {
      while (wakes.length < 3) {
        await clock.sleep(10);
        await Promise.resolve();
        wakes.push(clock.monotonic());
      }
    };
    const done = loop();
    await clock.advance(100);
    await done;
    expect(wakes).toEqual([10, 20, 30]);
  });

  it('runs what is already due without being advanced, but never synchronously', async () => {
    const clock = new FakeClock(START);
    let ran = false;
    clock.at(new Date(0), () => (ran = true));
    expect(ran).toBe(false);
    await clock.sleep(0);
    expect(ran).toBe(true);
  });

  it('does not run a timer that was called off, and counts those that are left', async () => {
    const clock = new FakeClock(START);
    let ran = 0;
    const cancel = clock.at(new Date(START.getTime() + 5), () => (ran += 1));
    const cancelDue = clock.at(START, () => (ran += 1));
    expect(clock.pendingTimers).toBe(2);
    cancel();
    cancelDue();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10);
    expect(ran).toBe(0);
  });

  it('rejects a sleep with the reason of its signal, and leaves no timer', async () => {
    const clock = new FakeClock(START);
    const controller = new AbortController();
    const sleep = clock.sleep(1000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps timers where they are when the wall clock is stepped', async () => {
    const clock = new FakeClock(START);
    let ran = false;
    clock.at(new Date(START.getTime() + 60_000), () => (ran = true));
    clock.stepWall(-3_600_000);
    expect(clock.now()).toEqual(new Date('2026-02-28T23:00:00Z'));
    await clock.advance(60_000);
    expect(ran).toBe(true);
  });
});
