import { systemClock } from './system-clock.js';

const soon = (run: () => void) => systemClock.at(new Date(systemClock.now().getTime() + 20), run);

describe('systemClock', () => {
  it('never comes to a time that is too far for a Date', async () => {
    const fired: string[] = [];
    for (const seconds of [1e13, Infinity, NaN]) {
      const cancel = systemClock.at(new Date(systemClock.now().getTime() + seconds * 1000), () => fired.push('never'));
      cancel();
      systemClock.at(new Date(systemClock.now().getTime() + seconds * 1000), () => fired.push('never'));
    }
    await new Promise<void>((resolve) => soon(resolve));
    expect(fired).toEqual([]);
  });

  it('runs at once, but not synchronously, what has passed, and nothing that was called off', async () => {
    const fired: string[] = [];
    systemClock.at(new Date(0), () => fired.push('passed'));
    systemClock.at(new Date(0), () => fired.push('called off'))();
    expect(fired).toEqual([]);
    await new Promise<void>((resolve) => soon(resolve));
    expect(fired).toEqual(['passed']);
  });
});
