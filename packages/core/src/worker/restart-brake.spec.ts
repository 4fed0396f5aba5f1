import { FakeClock } from '../testing/fake-clock.js';
import { RestartBrake } from './restart-brake.js';

describe('RestartBrake', () => {
  it('lets five restarts through in a second, and holds the sixth for one', async () => {
    const clock = new FakeClock();
    const brake = new RestartBrake(clock);
    const { signal } = new AbortController();
    for (let restart = 1; restart <= 5; restart++) await brake.beforeRestart(signal);
    let through = false;
    const sixth = brake.beforeRestart(signal).then(() => (through = true));
    await clock.advance(999);
    expect(through).toBe(false);
    await clock.advance(1);
    await sixth;
    expect(through).toBe(true);
  });

  it('forgets restarts that are a second old', async () => {
    const clock = new FakeClock();
    const brake = new RestartBrake(clock);
    const { signal } = new AbortController();
    for (let restart = 1; restart <= 50; restart++) {
      await brake.beforeRestart(signal);
      await clock.advance(201);
    }
    expect(clock.pendingTimers).toBe(0);
  });
});
